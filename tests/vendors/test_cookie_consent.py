"""Decisions on the cookie banner reach the unioned device consents, column by column."""

from datetime import datetime

from tests.vendors.conftest import Rows

DECISIONS = "from intermediate.int_device_consents_unioned "


def test_a_decision_is_read_column_by_column_and_stands_once(rows: Rows) -> None:
    ads, analytics, personalisation = rows(
        f"select * exclude (event_id) {DECISIONS} where device_id like '1111%' "
        "order by purpose"
    )

    assert ads == {
        "source": "cookie_consent",
        "device_id": "1111111111.1700000001",
        "purpose": "ads",
        "status": "denied",
        "has_gpc_signal": False,
        "banner_version": "2026-02",
        "jurisdiction": "DE",
        "decided_at": datetime(2026, 4, 4, 19, 30),
    }
    assert (analytics["status"], personalisation["status"]) == ("granted", "granted")


def test_a_privacy_signal_stands_beside_what_was_clicked(rows: Rows) -> None:
    found = rows(f"select * {DECISIONS} where device_id like '2222%'")

    assert [(row["status"], row["has_gpc_signal"]) for row in found] == [
        ("granted", True)
    ] * 3


def test_an_unreadable_no_holds_from_tonight_on_and_an_unreadable_yes_is_none(
    rows: Rows,
) -> None:
    found = rows(
        f"select device_id, purpose, status, decided_at {DECISIONS} "
        "where device_id like '3333%' or device_id like '4444%'"
    )

    assert found == [
        {
            "device_id": "3333333333.1700000003",
            "purpose": "personalisation",
            "status": "denied",
            "decided_at": datetime(2026, 4, 5, 23, 0),
        }
    ]
