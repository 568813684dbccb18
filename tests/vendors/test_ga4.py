"""GA4's sample, and Google's own, reach the unioned web events, column by column."""

import json
from datetime import datetime

from tests.vendors.conftest import SAMPLES, Rows
from tests.vendors.real_data import real_file
from tests.vendors.web_facts import deliveries_of, events_of, items_of, rejected


def test_a_page_view_of_ga4_is_read_column_by_column(rows: Rows) -> None:
    event = events_of(rows, "ga4")[0]

    assert len(event.pop("event_id")) == 64
    assert event == {
        "device_id": "1146540.1921992520",
        "session_id": "1146540.1921992520/1775296800",
        "event_name": "page_view",
        "vendor_event_name": "page_view",
        "page_url": "https://shop.example.com/?utm_source=google&utm_medium=cpc"
        "&utm_campaign=caf%C3%A9+weeks&gclid=x",
        "referrer_url": "https://www.google.com/",
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "spring",
        "utm_content": "a",
        "utm_term": "mug",
        "engaged_milliseconds": 1_200,
        "device_category": "mobile",
        "browser": "Safari",
        "region": "England",
        "country_code": "GB",
        "event_at": datetime(2026, 4, 4, 10, 0),
    }


def test_every_event_of_ga4_says_what_its_parameters_say(rows: Rows) -> None:
    events = events_of(rows, "ga4")

    assert [event["event_name"] for event in events] == [
        "page_view", "product_view", "scroll", "search", "form_submit", "video_start",
        "purchase", "other",
    ]  # fmt: skip
    assert deliveries_of(rows, "ga4") == 9, "the product view came twice"
    assert events[2]["scroll_percent"] == 90
    assert (events[3]["search_term"], events[3]["web_user_id"]) == ("Tasse ☕", "7001")
    assert events[4]["form_name"] == "newsletter"
    assert events[5]["video_title"] == "How to pour"
    assert events[6]["order_reference"] == "#1008"
    assert events[7]["vendor_event_name"] == "spin_the_wheel"
    assert items_of(rows, "ga4") == [
        ("product_view", "MUG-1", "Mug", 1, "4.50"),
        ("purchase", "MUG-1", "Mug", 2, "4.50"),
    ]
    assert rejected(rows, "stg_ga4__events__rejected") == [
        (9, "event_timestamp is not a readable epoch_micros")
    ]


def test_the_sample_has_the_layout_of_googles_own() -> None:
    real = real_file("vendor_layouts/assembled/ga4_public_sample_one_event.ndjson")
    theirs = json.loads(real.read_text(encoding="utf-8"))
    sample = SAMPLES / "ga4" / "events" / "2026-04-04.jsonl"
    ours = json.loads(sample.read_text(encoding="utf-8").splitlines()[0])
    newer = {
        "collected_traffic_source",
        "event_previous_timestamp",
        "event_server_timestamp_offset",
        "user_id",
    }

    assert set(theirs) == set(ours) - newer
    for field in ("device", "geo", "traffic_source"):
        assert set(theirs[field]) <= set(ours[field])
    assert {type(value) for value in theirs["event_params"][0]["value"].values()} == {
        str
    }
