"""Every vendor's word for an event is mapped to one of ours, and the list says which."""

import csv
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import REPOSITORY, EmptyBuild
from tests.vendors.conftest import Rows

SEEDS = REPOSITORY / "seeds" / "reference"
SHOP = "snowplow_ecommerce_action"

# What each vendor's own documentation calls the deeds that we have a word for. A name that
# the map knows and that stands here nowhere means `other`: known, and of no interest.
GA4 = {
    "page_view": "page_view",
    "view_item": "product_view",
    "view_item_list": "list_view",
    "view_search_results": "search",
    "search": "search",
    "scroll": "scroll",
    "user_engagement": "engagement",
    "session_start": "session_start",
    "video_start": "video_start",
    "form_submit": "form_submit",
    "login": "login",
    "sign_up": "sign_up",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "view_cart": "view_cart",
    "begin_checkout": "begin_checkout",
    "purchase": "purchase",
}
SEGMENT = {
    "page": "page_view",
    "screen": "page_view",
    "products searched": "search",
    "product list viewed": "list_view",
    "product viewed": "product_view",
    "product added": "add_to_cart",
    "product removed": "remove_from_cart",
    "cart viewed": "view_cart",
    "checkout started": "begin_checkout",
    "order completed": "purchase",
    "video playback started": "video_start",
    "signed up": "sign_up",
    "signed in": "login",
}
ADOBE = {
    "event/1": "purchase",
    "event/2": "product_view",
    "event/11": "begin_checkout",
    "event/12": "add_to_cart",
    "event/13": "remove_from_cart",
    "event/14": "view_cart",
    "page_event/0": "page_view",
}
SNOWPLOW = {
    "page_view": "page_view",
    "page_ping": "engagement",
    "site_search": "search",
    "submit_form": "form_submit",
    "play_event": "video_start",
    "transaction": "purchase",
    f"{SHOP}/product_view": "product_view",
    f"{SHOP}/list_view": "list_view",
    f"{SHOP}/add_to_cart": "add_to_cart",
    f"{SHOP}/remove_from_cart": "remove_from_cart",
    f"{SHOP}/checkout_step": "begin_checkout",
    f"{SHOP}/transaction": "purchase",
}
MAPS = {"ga4": GA4, "segment": SEGMENT, "adobe": ADOBE, "snowplow": SNOWPLOW}


def seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def words(channel: str) -> set[str]:
    """Return our words of a channel."""
    return {
        row["event_name"]
        for row in seed("event_vocabulary")
        if row["channel"] == channel
    }


@pytest.mark.parametrize(("vendor", "expected"), MAPS.items(), ids=MAPS)
def test_a_vendors_words_mean_this(vendor: str, expected: Mapping[str, str]) -> None:
    mapped = {
        row["vendor_event_name"]: row["event_name"]
        for row in seed("web_event_names")
        if row["source"] == vendor
    }

    assert {name: word for name, word in mapped.items() if word != "other"} == expected
    assert all(name == name.lower() for name in mapped), (
        "staging compares in lower case"
    )


def test_the_generic_layout_speaks_our_words() -> None:
    mapped = {
        row["vendor_event_name"]: row["event_name"]
        for row in seed("web_event_names")
        if row["source"] == "generic"
    }

    assert mapped == {word: word for word in words("web")}


@pytest.mark.parametrize("channel", ["web", "email"])
def test_every_mapped_word_stands_in_the_vocabulary(channel: str) -> None:
    mapped = {row["event_name"] for row in seed(f"{channel}_event_names")}

    assert mapped <= words(channel)


def test_every_required_field_is_one_that_is_counted(
    empty_build: EmptyBuild, compiled_sql: dict[str, str]
) -> None:
    counted = compiled_sql["int_event_fields_counted"]
    columns = {
        (relation, column)
        for schema, relation, column, _ in empty_build.columns
        if schema == "intermediate"
    }
    for row in seed("event_vocabulary"):
        union = f"int_{row['channel']}_events_unioned"
        for field in filter(None, row["required_fields"].split(";")):
            assert f"'{field}' as field" in counted, (
                f"{field} is required, never counted"
            )
            # the product of an event stands in a table of its own
            assert (union, field) in columns or field == "sku"


def test_unmapped_events_and_missing_fields_are_counted(rows: Rows) -> None:
    counted: list[dict[str, Any]] = rows(
        "select source, vendor_event_name, field, event_count "
        "from intermediate.int_event_fields_counted where channel = 'web'"
    )
    found = {
        (row["source"], row["vendor_event_name"], row["field"]): row["event_count"]
        for row in counted
    }

    assert found["generic", "wink", "event_name"] == 1
    assert found["generic", "search", "event_name"] == 2
    assert found["generic", "search", "search_term"] == 1, "counted, and not dropped"
    assert ("segment", "product viewed", "sku") not in found, "it has its product"
