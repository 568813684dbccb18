"""What every web vendor's events promise alike, from the raw row to the cart.

The compiled models run over a few planted events of each vendor, without a night.
"""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from tests.conftest import PROJECT, REPOSITORY, call_dbt
from tests.conftest import every_vendor as all_vendors
from tests.vendors.web_layouts import LAYOUTS, Event, Item

NOON = datetime(2026, 4, 3, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
MUG = Item("MUG-1", "Mug", "10.00")
SEEDS = ("web_event_names", "countries", "bot_browsers", "exchange_rates")
BEHIND = (
    "int_web_event_deliveries",
    "int_web_event_item_deliveries",
    "int_web_events_unioned",
    "int_web_event_items_unioned",
    "int_web_sessions_judged",
    "int_web_events_attributed",
    "int_web_orders_matched",
    "int_carts_closed",
    "int_cart_changes",
    "cart_items",
    "carts",
)


def planted() -> list[Event]:
    """Return the events that each vendor saw; a device is named by its situation."""
    return [
        Event("open", "add_to_cart", NOON, "open", items=[MUG]),
        Event("b1", "add_to_cart", NOON, "bought", items=[MUG]),
        Event("b2", "purchase", LATER, "bought", items=[MUG]),
        Event("n1", "add_to_cart", NOON, "numbered", items=[MUG]),
        Event("n2", "purchase", LATER, "numbered", order="7001", items=[MUG]),
        Event("g1", "add_to_cart", NOON, "guest", items=[MUG]),
        Event("g2", "page_view", LATER, "guest", order="6882"),
        Event("p1", "page_view", NOON, None),
        Event("p2", "page_view", LATER, None),
        Event("l1", "login", NOON - timedelta(days=50), "no_session"),
        Event("l2", "page_view", NOON, "no_session"),
        Event("l3", "page_view", NOON + timedelta(minutes=30), "no_session"),
        Event("v1", "page_view", NOON - timedelta(days=2), "for_ever", session="7"),
        Event("v2", "page_view", NOON, "for_ever", session="7"),
        Event("r1", "add_to_cart", NOON, "again", items=[MUG]),
        Event("r1", "add_to_cart", NOON, "again", items=[MUG], further=True),
        Event("t1", "purchase", NOON, "reloaded", order="#7002", items=[MUG]),
        Event("t2", "purchase", LATER, "reloaded", order="7002", items=[MUG]),
        Event(
            "s1",
            "add_to_cart",
            NOON,
            "unknown",
            items=[MUG, Item("NEW-1", "New Jug", "12.00")],
        ),
        Event(
            "s2",
            "add_to_cart",
            NOON,
            "nameless",
            items=[
                MUG,
                Item(None, "Gift Box", "12.00"),
                Item(None, "Ribbon", "20.00"),
            ],
        ),
    ]


@pytest.fixture(scope="module")
def world(
    scratch_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models from every vendor's raw rows to the carts."""
    outcome = call_dbt(scratch_home, "compile", "--no-write-json")
    assert outcome.success, outcome.exception
    compiled = {one.node.name: one.node for one in outcome.result.results}  # type: ignore[union-attr]
    staging = sorted(
        {
            name.rsplit(".", 1)[1]
            for model in BEHIND[:2]
            for name in compiled[model].depends_on.nodes
            if ".stg_" in name
        }
    )
    folder = tmp_path_factory.mktemp("web_laws")
    with duckdb.connect(str(folder / "nightpost.duckdb")) as connection:
        connection.execute("attach ':memory:' as history; set timezone = 'UTC'")
        for schema in ("clock", "staging", "intermediate", "marts", "reference"):
            connection.execute(f"create schema {schema}")
        connection.execute("create schema history.intermediate")
        write_given(connection)
        write_raw(connection, scratch_home)
        items_last = sorted(staging, key=lambda name: "item" in name)
        for name in (*items_last, *BEHIND):
            node = compiled[name]
            connection.execute(
                f"create table {node.relation_name} as {node.compiled_code}"
            )
        yield connection


def write_given(connection: duckdb.DuckDBPyConnection) -> None:
    """Write what the models read beside web events: seeds, people, orders, products."""
    for seed in SEEDS:
        file = REPOSITORY / "seeds" / "reference" / f"{seed}.csv"
        connection.execute(
            f"create table reference.{seed} as "
            f"from read_csv('{file}', all_varchar = true)"
        )
    devices = sorted({event.device for event in planted() if event.device})
    people = ", ".join(
        f"('device:{device_id(vendor, device)}', '{vendor}/{device}')"
        for vendor in LAYOUTS
        for device in devices
    )
    connection.execute(f"""
        create table clock.run_context as
        select date '2026-04-05' as as_of_date, timestamp '2026-04-05 23:00' as as_of_at;
        create table staging.stg_nightpost__arrivals as select 'f' as file_id;
        create table intermediate.int_identities_resolved as
        from (values {people}) as t (identifier, profile_id);
        create table intermediate.int_orders_attributed as
        select 'shopify/#6882' as order_id, 'somebody else' as profile_id,
            'shopify' as source, '#6882' as order_number, false as is_credit_note,
            true as is_purchase, false as is_cancelled,
            timestamp '2026-04-03 12:10' as ordered_at;
        create table marts.products as
        select 'MUG-1' as sku, 'mug' as product_key, 'Mug' as product_name,
            'https://x.example/mug' as product_url, null::varchar as image_url,
            10.00::decimal(18, 2) as price, 'GBP' as currency, true as is_available;
    """)


def device_id(vendor: str, device: str) -> str:
    """Return a device as the vendor's staging model names it."""
    plain = f"{vendor}-{device}"
    return f"{plain}_1" if vendor == "adobe" else plain


def write_raw(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Write every vendor's planted events as its raw table."""
    connection.execute(f"attach '{home / 'nightpost.duckdb'}' as empty (read_only)")
    for vendor, (table, write) in LAYOUTS.items():
        connection.execute(f"create schema raw_{vendor}")
        connection.execute(
            f"create table raw_{vendor}.{table} as from empty.raw_{vendor}.{table}"
        )
        for number, event in zip(itertools.count(1), planted(), strict=False):
            device = event.device and f"{vendor}-{event.device}"
            cells: dict[str, Any] = dict(
                write(Event(**{**vars(event), "device": device}))
            )
            cells |= {"_file_id": "f", "_row_number": number, "_export_date": NOON}
            columns = ", ".join(f'"{name}"' for name in cells)
            marks = ", ".join("?" for _ in cells)
            connection.execute(
                f"insert into raw_{vendor}.{table} ({columns}) values ({marks})",
                list(cells.values()),
            )
    connection.execute("detach empty")


def ask(world: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[Any]:
    return world.execute(sql, list(values)).fetchall()


def cart_of(world: duckdb.DuckDBPyConnection, vendor: str, device: str) -> list[Any]:
    return ask(
        world,
        "select cart_status, item_count, cart_value::varchar from marts.carts "
        "where profile_id = ?",
        f"{vendor}/{device}",
    )


@pytest.mark.parametrize("vendor", sorted(LAYOUTS))
def test_a_banner_that_most_visitors_refuse_holds_no_file_back(vendor: str) -> None:
    table, write = LAYOUTS[vendor]
    (contract,) = (
        one
        for one in read_contracts(PROJECT, all_vendors())
        if (one.source, one.table) == (vendor, table)
    )
    known, unknown = (
        {name for name, cell in write(event).items() if cell}
        for event in (
            Event("a", "page_view", NOON, "device", session="1"),
            Event("a", "page_view", NOON, None),
        )
    )

    required = {column.name for column in contract.columns if column.required}
    assert not (known - unknown) & required
    assert contract.max_null_jump >= 0.9


def test_every_vendor_of_the_union_has_its_layout_here(
    world: duckdb.DuckDBPyConnection,
) -> None:
    rows = ask(
        world,
        "select distinct source from history.intermediate.int_web_event_deliveries",
    )
    assert {source for (source,) in rows} == set(LAYOUTS)


every_vendor = pytest.mark.parametrize("vendor", sorted(LAYOUTS))


@every_vendor
def test_what_is_put_in_and_not_bought_is_an_open_cart(
    world: duckdb.DuckDBPyConnection, vendor: str
) -> None:
    assert cart_of(world, vendor, "open") == [("open", 1, "10.00")]


@every_vendor
@pytest.mark.parametrize("device", ["bought", "numbered", "guest"])
def test_a_purchase_on_the_website_ends_the_cart_at_once(
    world: duckdb.DuckDBPyConnection, vendor: str, device: str
) -> None:
    assert cart_of(world, vendor, device) == [("ordered", 0, "0.00")]


@every_vendor
def test_events_of_visitors_without_an_id_are_read_and_nobodys(
    world: duckdb.DuckDBPyConnection, vendor: str
) -> None:
    rows = ask(
        world,
        "select device_id, session_id from intermediate.int_web_events_unioned "
        "where source = ? and device_id is null",
        vendor,
    )
    assert rows == [(None, None)] * 2


@every_vendor
@pytest.mark.parametrize(
    ("device", "visits"), [("no_session", [1, 2]), ("for_ever", [1, 1])]
)
def test_a_visit_ends_with_a_pause_whatever_the_vendor_calls_it(
    world: duckdb.DuckDBPyConnection, vendor: str, device: str, visits: list[int]
) -> None:
    rows = ask(
        world,
        "select count(*) from intermediate.int_web_events_unioned where device_id = ? "
        "group by session_id order by min(event_at)",
        device_id(vendor, device),
    )
    assert [count for (count,) in rows] == visits


@every_vendor
def test_an_event_that_comes_again_with_a_further_parameter_counts_once(
    world: duckdb.DuckDBPyConnection, vendor: str
) -> None:
    assert cart_of(world, vendor, "again") == [("open", 1, "10.00")]


@every_vendor
def test_a_purchase_of_one_order_counts_once_however_often_its_page_was_seen(
    world: duckdb.DuckDBPyConnection, vendor: str
) -> None:
    rows = ask(
        world,
        "select event_name from intermediate.int_web_events_unioned where device_id = ?",
        device_id(vendor, "reloaded"),
    )
    assert rows == [("purchase",)]


@every_vendor
def test_what_no_catalogue_knows_stands_in_the_cart_by_its_own_name_and_price(
    world: duckdb.DuckDBPyConnection, vendor: str
) -> None:
    has_names = vendor != "adobe"  # it tells one field, id or name

    assert cart_of(world, vendor, "unknown") == [("open", 2, "22.00")]
    assert cart_of(world, vendor, "nameless") == [("open", 3, "42.00")]
    names = ask(
        world,
        "select product_name from marts.cart_items where profile_id in (?, ?) "
        "and sku is distinct from 'MUG-1' order by all",
        f"{vendor}/unknown",
        f"{vendor}/nameless",
    )
    assert [name for (name,) in names] == (
        ["Gift Box", "New Jug", "Ribbon"]
        if has_names
        else ["Gift Box", "NEW-1", "Ribbon"]
    )
