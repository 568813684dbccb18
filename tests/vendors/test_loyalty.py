"""The loyalty program's sample reaches the unioned facts and ties people together."""

from datetime import date, datetime

from tests.vendors.conftest import Rows


def test_an_account_is_read_as_it_was_last_updated(rows: Rows) -> None:
    gold, bare = rows(
        "select * from intermediate.int_loyalty_accounts_unioned order by loyalty_id"
    )

    assert gold == {
        "source": "loyalty",
        "loyalty_id": "L-1",
        "customer_key": "7210448300001",
        "email": "ana.work@example.com",
        "tier": "gold",
        "points_balance": 130,
        "joined_at": datetime(2024, 12, 31, 23, 30),
        "updated_at": datetime(2026, 4, 4, 9, 0),
        "known_from_date": date(2026, 4, 4),
    }
    assert (bare["loyalty_id"], bare["points_balance"]) == ("L-2", None)


def test_a_movement_counts_once_and_not_before_it_happened(rows: Rows) -> None:
    earned, redeemed = rows(
        "select * from intermediate.int_loyalty_movements_unioned order by event_id"
    )

    assert earned == {
        "source": "loyalty",
        "event_id": "m1",
        "loyalty_id": "L-1",
        "kind": "earn",
        "points": 59,
        "order_id": "#2001",
        "moved_at": datetime(2026, 4, 4, 1, 30),
    }
    assert (redeemed["event_id"], redeemed["points"]) == ("m2", -29)


def test_the_repeat_is_still_there_in_staging(rows: Rows) -> None:
    delivered = rows(
        "select event_id, export_date from staging.stg_loyalty__movements "
        "order by export_date, event_id"
    )

    assert [row["event_id"] for row in delivered] == ["m1", "m2", "m2", "m4"]


def test_a_card_ties_its_address_to_the_shops_customer(rows: Rows) -> None:
    people = rows(
        "select distinct profile_id from intermediate.int_identities_resolved "
        "where identifier in ('loyalty:loyalty/L-1', 'email:ana.work@example.com', "
        "'customer:shopify/7210448300001')"
    )

    assert len(people) == 1


def test_a_card_is_no_contact(rows: Rows) -> None:
    assert not rows(
        "select * from intermediate.int_contacts_unioned where source = 'loyalty'"
    )
