"""The consent ledger's sample reaches the unioned consents, column by column."""

from datetime import date, datetime

from tests.vendors.conftest import Rows


def test_a_ledger_row_is_read_column_by_column(rows: Rows) -> None:
    granted, withdrawn, bare = rows(
        "select * exclude (event_id) from intermediate.int_consents_unioned "
        "where source = 'consent' order by event_at"
    )

    assert granted == {
        "source": "consent",
        "email": "ana@example.com",
        "phone": None,
        "channel": "email",
        "purpose": "marketing",
        "lawful_basis": "consent",
        "status": "granted",
        "consent_source": "signup_form",
        "policy_version": "2026-01",
        "jurisdiction": "DE",
        "double_opt_in_at": datetime(2026, 4, 1, 8, 5),
        "event_at": datetime(2026, 4, 1, 8, 0),
        "is_from_everything": False,
        "known_from_date": date(2026, 4, 5),
        "is_told_elsewhere": False,
    }
    assert (withdrawn["status"], withdrawn["double_opt_in_at"]) == ("withdrawn", None)
    # only what must be there: every other column empty, and the night goes on
    assert (bare["email"], bare["consent_source"]) == ("bea@example.com", None)
