"""Segment's sample reaches the unioned web events, column by column."""

from datetime import datetime

from tests.vendors.conftest import Rows
from tests.vendors.web_facts import deliveries_of, events_of, items_of, rejected

AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1"
)


def test_a_page_call_is_read_column_by_column(rows: Rows) -> None:
    assert events_of(rows, "segment")[0] == {
        "event_id": "segment/ajs-1",
        "device_id": "a-1",
        "session_id": "a-1/2026-04-04 09:00:00",
        "event_name": "page_view",
        "vendor_event_name": "page",
        "page_url": "https://shop.example.com/?utm_source=letter",
        "referrer_url": "https://news.example.org/",
        "utm_source": "letter",
        "utm_medium": "email",
        "utm_campaign": "spring",
        "utm_content": "button",
        "utm_term": "mugs",
        "user_agent": AGENT,
        "event_at": datetime(2026, 4, 4, 9, 0),
    }


def test_every_call_is_one_event_however_often_it_came(rows: Rows) -> None:
    events = events_of(rows, "segment")

    assert [
        (event["vendor_event_name"], event["event_name"], event.get("web_user_id"))
        for event in events
    ] == [
        ("page", "page_view", None),
        ("product viewed", "product_view", None),
        ("identify", "other", "7001"),
        ("order completed", "purchase", "7001"),
        ("products searched", "search", "7001"),
        ("newsletter popup closed", "other", "7001"),
        ("order refunded", "other", "7001"),
    ]
    assert deliveries_of(rows, "segment") == 8, "the order came twice"
    assert events[1]["event_at"] == datetime(2026, 4, 4, 9, 0, 30, 250_000), "+02:00"
    assert events[3]["order_reference"] == "#1007"
    assert events[4]["search_term"] == "Tasse für Émile ☕"
    assert events[6]["device_id"] == "user/7001", "a server knows no device"


def test_segment_visits_are_made_from_pauses(rows: Rows) -> None:
    sessions = [event["session_id"] for event in events_of(rows, "segment")]

    assert sessions == [
        *["a-1/2026-04-04 09:00:00"] * 4,
        *["a-1/2026-04-04 10:00:00"] * 2,
        "user/7001/2026-04-04 12:00:00",
    ]


def test_products_stand_in_the_properties_or_in_their_list(rows: Rows) -> None:
    # 4.50 and 5.75 euros, at 0.86 pounds
    assert items_of(rows, "segment") == [
        ("product_view", "MUG-1", "Becher", 1, "3.87"),
        ("purchase", "MUG-1", "Becher", 2, "3.87"),
        ("purchase", "p-2", "Teller", 1, "4.95"),
    ]


def test_a_call_without_a_time_is_rejected(rows: Rows) -> None:
    assert rejected(rows, "stg_segment__events__rejected") == [
        (8, "timestamp is not a readable instant")
    ]
