"""Snowplow's sample reaches the unioned web events, column by column."""

from datetime import datetime

from tests.vendors.conftest import Rows
from tests.vendors.web_facts import deliveries_of, events_of, items_of, rejected

SHOP = "snowplow_ecommerce_action"


def test_a_page_view_is_read_column_by_column(rows: Rows) -> None:
    assert events_of(rows, "snowplow")[0] == {
        "event_id": "snowplow/e-1",
        "device_id": "0b8e0b43-5f0a-4a3e-9d5e-6f1f2f0a0001",
        "session_id": "7f3a0b43-5f0a-4a3e-9d5e-6f1f2f0a0003",
        "event_name": "page_view",
        "vendor_event_name": "page_view",
        "page_url": "https://shop.example.com/?utm_source=facebook",
        "referrer_url": "https://l.facebook.com/",
        "utm_source": "facebook",
        "utm_medium": "paid_social",
        "utm_campaign": "spring",
        "utm_content": "reel",
        "utm_term": "mugs",
        "device_category": "Desktop",
        "browser": "Chrome",
        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36",
        "city": "Berlin",
        "region": "Land Berlin",
        "country_code": "DE",
        "has_gpc": True,
        "event_at": datetime(2026, 4, 4, 10, 0, 0, 800_000),
    }


def test_every_event_says_what_its_schema_says(rows: Rows) -> None:
    events = events_of(rows, "snowplow")

    assert [(event["vendor_event_name"], event["event_name"]) for event in events] == [
        ("page_view", "page_view"),
        ("page_ping", "engagement"),
        (f"{SHOP}/add_to_cart", "add_to_cart"),
        (f"{SHOP}/transaction", "purchase"),
        ("site_search", "search"),
        ("submit_form", "form_submit"),
        ("play_event", "video_start"),
        ("struct/open", "other"),
    ]
    assert deliveries_of(rows, "snowplow") == 9, "the cart came twice"
    assert (events[1]["scroll_percent"], events[1]["engaged_milliseconds"]) == (
        75,
        10_000,
    )
    assert events[2]["web_user_id"] == "7001"
    assert events[3]["order_reference"] == "#1009"
    assert events[4]["search_term"] == "blaue Tasse"
    assert events[5]["form_name"] == "newsletter"
    assert events[6]["video_title"] == "How to pour"
    assert "has_gpc" not in events[7], "without the header nobody tells"


def test_snowplows_products_are_entities_of_the_event(rows: Rows) -> None:
    # 4.50 euros, at 0.86 pounds
    assert items_of(rows, "snowplow") == [
        ("add_to_cart", "MUG-1", "Becher", 2, "3.87"),
        ("purchase", "MUG-1", "Becher", 2, "3.87"),
    ]


def test_an_event_without_a_time_is_rejected(rows: Rows) -> None:
    assert rejected(rows, "stg_snowplow__events__rejected") == [
        (9, "collector_tstamp is not a readable utc_time")
    ]
