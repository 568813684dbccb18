"""The generic web events' sample reaches the unioned web events, column by column."""

from datetime import datetime

from tests.vendors.conftest import Rows
from tests.vendors.web_facts import deliveries_of, events_of, items_of, rejected


def test_a_generic_row_is_read_column_by_column(rows: Rows) -> None:
    assert events_of(rows, "generic")[0] == {
        "event_id": "generic/w-1",
        "device_id": "d-1",
        "session_id": "d-1/1",
        "event_name": "page_view",
        "vendor_event_name": "page_view",
        "page_url": "https://shop.example.com/?a=1",
        "referrer_url": "https://news.example.org/",
        "utm_source": "partner",
        "utm_medium": "affiliate",
        "utm_campaign": "spring",
        "utm_content": "banner",
        "utm_term": "mugs",
        "engaged_milliseconds": 12_500,
        "device_category": "tablet",
        "user_agent": "Mozilla/5.0 (iPad)",
        "city": "Zürich",
        "region": "ZH",
        "country_code": "CH",
        "has_gpc": True,
        "event_at": datetime(2026, 4, 4, 10, 0),
    }


def test_every_generic_event_stands_once(rows: Rows) -> None:
    events = events_of(rows, "generic")

    assert [event["event_name"] for event in events] == [
        "page_view", "add_to_cart", "purchase", "search", "search", "other",
        "form_submit", "video_start",
    ]  # fmt: skip
    assert deliveries_of(rows, "generic") == 9, "a row without an id came twice"
    assert events[1]["event_id"].startswith("generic/")
    assert events[2]["order_reference"] == "#1011"
    assert (events[3]["search_term"], events[3]["scroll_percent"]) == ("Tasse ☕", 40)
    assert (events[5]["device_id"], events[5]["web_user_id"]) == ("user/7002", "7002")
    assert events[6]["form_name"] == "newsletter"
    assert (events[7]["video_title"], events[7]["has_gpc"]) == ("How to pour", False)


def test_generic_products_stand_in_columns_or_in_a_list(rows: Rows) -> None:
    assert items_of(rows, "generic") == [
        ("add_to_cart", "MUG-1", "Becher, blau", 2, "4.50"),
        ("purchase", "MUG-1", "Becher", 2, "4.50"),
        ("purchase", "PLATE-2", None, 1, "5.75"),
    ]


def test_a_date_that_could_be_two_days_is_rejected(rows: Rows) -> None:
    assert rejected(rows, "stg_generic__web_events__rejected") == [
        (9, "event_time is not a readable instant")
    ]
