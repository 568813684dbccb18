"""One web event in the layout of each vendor, for what all of them promise alike.

A vendor that is added to `int_web_event_deliveries` gets its writer here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

Cells = dict[str, str | None]


@dataclass(frozen=True)
class Item:
    """A product of an event; an id may be a tracker's word for nothing."""

    sku: str | None
    name: str | None
    price: str


@dataclass(frozen=True)
class Event:
    """What was done; ``further`` is a parameter that only a second delivery has."""

    key: str
    name: str
    at: datetime
    device: str | None
    session: str | None = None
    order: str | None = None
    items: Sequence[Item] = ()
    further: bool = False


def ga4(event: Event) -> Cells:
    names = {"product_view": "view_item"}
    params = [{"key": "page_location", "value": {"string_value": "https://x.example/"}}]
    if event.session:
        params.append({"key": "ga_session_id", "value": {"int_value": event.session}})
    if event.further:
        params.append({"key": "late", "value": {"string_value": "1"}})
    items = [
        {"item_id": one.sku, "item_name": one.name, "price": one.price, "quantity": 1}
        for one in event.items
    ]
    return {
        "event_timestamp": str(int(event.at.timestamp()) * 1_000_000),
        "event_name": names.get(event.name, event.name),
        "user_pseudo_id": event.device,
        "event_bundle_sequence_id": "7",
        "event_params": json.dumps(params),
        "geo": json.dumps({"city": "Hove"}) if event.further else None,
        "ecommerce": json.dumps({"transaction_id": event.order}),
        "items": json.dumps(items),
    }


def segment(event: Event) -> Cells:
    names = {
        "add_to_cart": "Product Added",
        "purchase": "Order Completed",
        "login": "Signed In",
    }
    properties: dict[str, object] = {"order_id": event.order}
    if event.items:
        properties["products"] = [
            {"product_id": one.sku, "name": one.name, "price": one.price}
            for one in event.items
        ]
    if event.further:
        properties["late"] = 1
    is_page = event.name == "page_view"
    return {
        "messageId": event.key,
        "type": "page" if is_page else "track",
        "event": None if is_page else names[event.name],
        "timestamp": event.at.isoformat(),
        "anonymousId": event.device,
        "properties": json.dumps(properties),
    }


def adobe(event: Event) -> Cells:
    ids = {"add_to_cart": "12", "purchase": "1", "page_view": None, "login": "200"}
    # Adobe names a product by one field, so one without an id is its name
    products = [f";{one.sku or one.name};1;{one.price}" for one in event.items]
    return {
        "hitid_high": "1",
        "hitid_low": event.key,
        "hit_time_gmt": str(int(event.at.timestamp())),
        "post_visid_high": event.device,
        "post_visid_low": "1" if event.device else None,
        "visit_num": event.session,
        "visit_start_time_gmt": event.session,
        "post_page_event": "0",
        "post_event_list": ids[event.name],
        "post_product_list": ",".join(products),
        "post_purchaseid": event.order,
        "geo_city": "hove" if event.further else None,
    }


def snowplow(event: Event) -> Cells:
    actions = {"add_to_cart": "add_to_cart", "purchase": "transaction"}
    prefix = "com_snowplowanalytics_snowplow_ecommerce"
    products = [
        {"id": one.sku, "name": one.name, "price": one.price, "quantity": 1}
        for one in event.items
    ]
    action = actions.get(event.name)
    return {
        "event_id": event.key,
        "event_name": "snowplow_ecommerce_action" if action else event.name,
        "collector_tstamp": event.at.isoformat(),
        "domain_userid": event.device,
        "domain_sessionid": event.session,
        "geo_city": "Hove" if event.further else None,
        f"unstruct_event_{prefix}_snowplow_ecommerce_action_1": (
            json.dumps({"type": action}) if action else None
        ),
        f"contexts_{prefix}_product_1": json.dumps(products),
        f"contexts_{prefix}_transaction_1": (
            json.dumps([{"transaction_id": event.order}]) if event.order else None
        ),
    }


def generic(event: Event) -> Cells:
    items = [
        {"sku": one.sku, "product_name": one.name, "price": one.price}
        for one in event.items
    ]
    return {
        "event_name": event.name,
        "event_time": event.at.isoformat(),
        "device_id": event.device,
        "session_id": event.session,
        "order_id": event.order,
        "items": json.dumps(items),
        "city": "Hove" if event.further else None,
    }


LAYOUTS: Mapping[str, tuple[str, Callable[[Event], Cells]]] = {
    "ga4": ("events", ga4),
    "segment": ("events", segment),
    "adobe": ("hits", adobe),
    "snowplow": ("events", snowplow),
    "generic": ("web_events", generic),
}
"""By vendor: its table, and how it writes an event."""
