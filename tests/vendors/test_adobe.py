"""Adobe's sample reaches the unioned web events, column by column."""

from datetime import datetime

from tests.vendors.conftest import Rows
from tests.vendors.web_facts import deliveries_of, events_of, items_of, rejected

VISITOR = "3145678901234567890_6917529012345678901"


def test_a_hit_is_read_column_by_column(rows: Rows) -> None:
    first, *_, buying, _ = events_of(rows, "adobe")

    assert first == {
        "event_id": "adobe/3528460177083768832_101",
        "device_id": VISITOR,
        "session_id": f"{VISITOR}/2-1775296800",
        "event_name": "page_view",
        "vendor_event_name": "page_event/0",
        "page_url": "https://shop.example.com/?utm_source=bing&utm_medium=organic",
        "referrer_url": "https://www.bing.com/",
        "utm_source": "bing",
        "utm_medium": "organic",
        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36",
        "city": "berlin",
        "region": "be",
        "country_code": "DE",
        "event_at": datetime(2026, 4, 4, 10, 0),
    }
    assert buying["web_user_id"] == "7001"
    assert buying["order_reference"] == "#1010"


def test_hits_that_do_not_count_are_no_events(rows: Rows) -> None:
    events = events_of(rows, "adobe")

    assert [(event["vendor_event_name"], event["event_name"]) for event in events] == [
        ("page_event/0", "page_view"),
        ("event/2", "product_view"),
        ("event/12", "add_to_cart"),
        ("event/1", "purchase"),
        ("page_event/31", "other"),
    ]
    assert deliveries_of(rows, "adobe") == 6, "the purchase came twice"
    assert events[2]["country_code"] == "US", (
        "usa stands in countries.csv, deu does not"
    )


def test_a_product_list_gives_products_with_the_price_of_one(rows: Rows) -> None:
    assert items_of(rows, "adobe") == [
        ("product_view", "MUG-1", None, 1, None),
        ("add_to_cart", "MUG-1", None, 1, None),
        ("purchase", "MUG-1", None, 2, "4.50"),
        ("purchase", "PLATE,BIG", None, 1, "5.75"),
    ]


def test_a_hit_without_a_time_is_rejected(rows: Rows) -> None:
    assert rejected(rows, "stg_adobe__hits__rejected") == [
        (8, "hit_time_gmt is not a readable epoch_seconds")
    ]
