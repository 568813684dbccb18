"""OneTrust's receipts reach the unioned consents, column by column."""

from datetime import date, datetime

from tests.vendors.conftest import Rows

CONSENTS = "from intermediate.int_consents_unioned where source = 'cmp' "


def test_a_receipt_is_read_column_by_column_and_stands_once(rows: Rows) -> None:
    (granted,) = rows(f"select * exclude (event_id) {CONSENTS} and status = 'granted'")

    assert granted == {
        "source": "cmp",
        "email": "ana.receipt@example.com",
        "phone": None,
        "channel": "email",
        "purpose": "marketing",
        "lawful_basis": "consent",
        "status": "granted",
        "consent_source": "Newsletter form",
        "policy_version": "2",
        "jurisdiction": "DE",
        "double_opt_in_at": datetime(2026, 4, 3, 10, 15, 30),
        "event_at": datetime(2026, 4, 3, 10, 15, 30),
        "is_from_everything": False,
        "known_from_date": date(2026, 4, 4),
        "is_told_elsewhere": False,
    }


def test_a_withdrawal_is_one_of_its_purpose(rows: Rows) -> None:
    (withdrawn,) = rows(f"select * {CONSENTS} and email like 'ben.%'")

    assert (withdrawn["purpose"], withdrawn["status"], withdrawn["event_at"]) == (
        "personalisation",
        "withdrawn",
        datetime(2026, 4, 3, 11, 0),
    )


def test_an_unreadable_receipt_withdraws_unless_it_is_a_clear_yes(rows: Rows) -> None:
    found = rows(
        f"select email, event_at {CONSENTS} and consent_source = 'unreadable_withdrawal' "
        "order by email"
    )

    tonight = datetime(2026, 4, 5, 23, 0)
    assert found == [
        {"email": "cleo.receipt@example.com", "event_at": tonight},
        {"email": "edda.receipt@example.com", "event_at": tonight},
    ]


def test_unreadable_receipts_are_rejected_with_a_reason(rows: Rows) -> None:
    rejected = rows(
        "select rejection_reason from staging.stg_cmp__receipts__rejected order by all"
    )

    assert [row["rejection_reason"] for row in rejected] == [
        "interactionDate is missing",
        "interactionDate is not a readable instant",
        "purposes is not a readable json_list",
    ]
