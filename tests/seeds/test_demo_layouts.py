"""The exports look like the vendors' own: headers, placement of fields, sums."""

import csv
from collections import defaultdict
from decimal import Decimal

import pytest

from seeds.demo.catalogue import PRODUCT_HEADER
from seeds.demo.consents import LEDGER_HEADER
from seeds.demo.hubspot import CONTACT_HEADER
from seeds.demo.shopify_customers import CUSTOMER_HEADER
from seeds.demo.shopify_orders import ORDER_HEADER
from tests.vendors.real_data import real_file

from .conftest import DAYS, Demo

HEADERS = {
    "shopify/orders": (ORDER_HEADER, 79),
    "shopify/customers": (CUSTOMER_HEADER, 20),
    "shopify/products": (PRODUCT_HEADER, 50),
    "hubspot/contacts": (CONTACT_HEADER, 22),
    "consent/ledger": (LEDGER_HEADER, 12),
}


@pytest.mark.parametrize("table", HEADERS)
def test_every_day_has_a_file_with_the_header_and_even_rows(
    demo: Demo, table: str
) -> None:
    header, width = HEADERS[table]
    files = sorted((demo.inbox / table).glob("*.csv"))

    assert len({path.name[:10] for path in files}) == DAYS
    for path in files:
        assert path.read_text(encoding="utf-8").startswith(header + "\n")
        with path.open(encoding="utf-8", newline="") as file:
            assert {len(row) for row in csv.reader(file)} == {width}


@pytest.mark.parametrize(
    ("sample", "header"),
    [
        ("shopify_orders_export.csv", ORDER_HEADER),
        ("assembled/shopify_customers_export_layout.csv", CUSTOMER_HEADER),
    ],
)
def test_headers_are_those_of_real_exports(sample: str, header: str) -> None:
    file = real_file(f"vendor_layouts/{sample}")
    first = file.read_text(encoding="utf-8-sig").splitlines()[0]

    assert first == header


def test_order_fields_stand_only_on_the_first_line_of_an_order(demo: Demo) -> None:
    seen = set()
    for drop, row in demo.rows("shopify/orders"):
        is_first = (drop, row["Name"]) not in seen
        seen.add((drop, row["Name"]))
        if row["Id"]:
            assert row["Total"]
            assert row["Source"]
        else:
            assert not is_first
            filled = {name for name, value in row.items() if value}
            assert not filled & {"Total", "Currency", "Billing Name", "Paid at"}
        assert row["Created at"]
        assert row["Lineitem sku"]


def test_order_sums_add_up(demo: Demo) -> None:
    goods: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    heads = {}
    for drop, row in demo.rows("shopify/orders"):
        if drop in {"2026-04-02", "2026-03-29"}:
            continue
        key = (drop, row["Name"])
        goods[key] += Decimal(row["Lineitem price"]) * int(row["Lineitem quantity"])
        if row["Id"]:
            heads[key] = row

    assert heads
    for key, row in heads.items():
        subtotal = Decimal(row["Subtotal"])
        extra = Decimal(row["Shipping"]) + Decimal(row["Taxes"])
        assert subtotal == goods[key] - Decimal(row["Discount Amount"])
        assert Decimal(row["Total"]) == subtotal + extra
        assert Decimal(row["Refunded Amount"]) <= Decimal(row["Total"])


def test_web_events_have_the_fields_of_the_bigquery_export(demo: Demo) -> None:
    needed = {"event_date", "event_timestamp", "event_name", "event_params", "device"}
    names = set()
    for _, event in demo.lines("ga4/events"):
        assert needed <= event.keys()
        assert event["event_timestamp"].isdigit()
        keys = {entry["key"] for entry in event["event_params"]}
        assert {"page_location", "ga_session_id", "ga_session_number"} <= keys
        names.add(event["event_name"])
        if event["event_name"] == "purchase":
            assert event["ecommerce"]["transaction_id"].isdigit()
            assert all(item["item_id"] for item in event["items"])

    assert len(names) == 13


def test_mail_events_come_in_batches_of_at_most_500(demo: Demo) -> None:
    sizes, names, ids = [], set(), {}
    for _, batch in demo.lines("sendgrid/events"):
        sizes.append(len(batch))
        for event in batch:
            names.add(event["event"])
            before = ids.setdefault(event["sg_event_id"], event)
            assert before == event
            assert ("sg_machine_open" in event) == (event["event"] == "open")

    assert 1 <= min(sizes) <= max(sizes) <= 500
    assert {"processed", "delivered", "open", "click", "bounce", "deferred"} <= names


def test_customer_ids_carry_an_apostrophe_and_web_user_ids_do_not(demo: Demo) -> None:
    customers = {row["Customer ID"] for _, row in demo.rows("shopify/customers")}
    users = {event.get("user_id") for _, event in demo.lines("ga4/events")} - {None}

    assert all(customer.startswith("'") for customer in customers)
    assert users <= {customer.removeprefix("'") for customer in customers}
