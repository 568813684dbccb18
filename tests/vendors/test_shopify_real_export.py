"""A true export of Shopify's orders, and its customers layout, give the known figures."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.vendors.conftest import built_facts
from tests.vendors.real_data import real_file

FACTS = "fqn:nightpost.staging.steps.cleaned int_orders_unioned int_order_lines_unioned int_contacts_unioned"


@pytest.fixture(scope="module")
def night(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The facts of a night that knows the true export and the customers layout."""
    orders = real_file("vendor_layouts/shopify_orders_export.csv")
    customers = real_file(
        "vendor_layouts/assembled/shopify_customers_export_layout.csv"
    )
    home = tmp_path_factory.mktemp("shopify")
    _land(orders, home / "inbox/shopify/orders/2026-04-05.csv")
    _land(customers, home / "inbox/shopify/customers/2026-04-05.csv")
    with built_facts(home, FACTS) as connection:
        yield connection


def _land(file: Path, arrival: Path) -> None:
    arrival.parent.mkdir(parents=True)
    arrival.write_bytes(file.read_bytes())


def test_nineteen_orders_stand_on_forty_lines(
    night: duckdb.DuckDBPyConnection,
) -> None:
    orders = night.execute(
        "select count(*), sum(total_amount), min(currency), max(currency), "
        "count(*) filter (where email is null), count(distinct email), "
        "count(*) filter (where is_cancelled) "
        "from intermediate.int_orders_unioned"
    ).fetchone()
    lines = night.execute(
        "select count(*), count(distinct order_id) "
        "from intermediate.int_order_lines_unioned"
    ).fetchone()
    rejected = night.execute(
        "select count(*) from staging.stg_shopify__orders__rejected"
    ).fetchone()

    assert orders == (19, Decimal("14089.04"), "EUR", "EUR", 10, 3, 0)
    assert lines == (40, 19)
    assert rejected == (0,)


def test_what_is_pending_is_read_like_the_others(
    night: duckdb.DuckDBPyConnection,
) -> None:
    states = night.execute(
        "select financial_status, count(*) from staging.stg_shopify__orders "
        "group by financial_status order by financial_status"
    ).fetchall()

    assert states == [("paid", 18), ("pending", 1)]


def test_the_shops_offset_is_taken_off(night: duckdb.DuckDBPyConnection) -> None:
    first = night.execute(
        "select ordered_at, total_amount from intermediate.int_orders_unioned "
        "where order_id = '#1001'"
    ).fetchone()

    # 09:55:16 -0400
    assert first == (datetime(2025, 5, 11, 13, 55, 16), Decimal("1659.95"))


def test_the_twenty_columns_of_a_customer_are_read(
    night: duckdb.DuckDBPyConnection,
) -> None:
    customers = night.execute(
        "select record_key, last_name, city, region, postal_code, country_code "
        "from intermediate.int_contacts_unioned order by record_key"
    ).fetchall()

    assert customers == [
        ("7210448301122", "Villaseñor", "Elko", "Nevada", "89801", "US"),
        ("7210448301123", "Pettibone", "Ogden", "Utah", "84403", "US"),
        ("9013808660771", "Crooks", "Port Erin", None, "T1H 2R5", "CA"),
    ]
