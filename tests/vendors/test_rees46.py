"""Three real hours of a real shop (REES46, 2019-10-01), mapped to the generic web events."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.inbox import land
from tests.conftest import PROJECT, every_vendor
from tests.vendors.conftest import built_facts
from tests.vendors.real_data import real_file

WORDS = {"view": "product_view", "cart": "add_to_cart", "purchase": "purchase"}
COLUMNS = {
    "event_time": "event_time",
    "user_id": "device_id",
    "user_session": "session_id",
    "product_id": "sku",
    "price": "price",
}
# Rows of each day's file: all of them, and a part of them again.
TOLD = {1: 17_434, 2: 9_000}


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse with the shop's web events, partly delivered again the day after."""
    home = tmp_path_factory.mktemp("rees46")
    contracts = read_contracts(PROJECT, every_vendor())
    real = real_file("web/rees46_2019-10-01_head.csv.gz")
    for day in (1, 2):
        mapped = home / f"{day}.csv"
        map_columns(real, mapped, rows=TOLD[day])
        land(
            mapped, source="generic", table="web_events",
            export_date=date(2019, 10, day), home=home, contracts=contracts,
        )  # fmt: skip
    facts = "fqn:nightpost.staging.steps.cleaned +int_web_event_items_unioned,fqn:nightpost.intermediate"
    with built_facts(home, facts) as connection:
        yield connection


def map_columns(theirs: Path, ours: Path, rows: int) -> None:
    """Write the shop's first ``rows`` events in our layout; they have no id of their own."""
    with (
        gzip.open(theirs, "rt", encoding="utf-8", newline="") as real,
        ours.open("w", encoding="utf-8", newline="") as lines,
    ):
        writer = csv.writer(lines)
        writer.writerow(["event_name", *COLUMNS.values()])
        for row in islice(csv.DictReader(real), rows):
            cells = [row[column] for column in COLUMNS]
            writer.writerow([WORDS[row["event_type"]], *cells])


def test_repeats_inside_a_file_and_between_files_are_dropped(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    (delivered,) = shop.execute(
        "select count(*) from history.intermediate.int_web_event_deliveries"
    ).fetchall()
    (kept,) = shop.execute(
        "select count(*), count(distinct device_id), count(distinct session_id) "
        "from intermediate.int_web_events_unioned"
    ).fetchall()

    assert delivered == (sum(TOLD.values()),)
    # 5 rows are exact repeats, one is told again under another session
    assert kept == (17_428, 4_504, 5_066)


def test_every_kind_of_event_is_counted(shop: duckdb.DuckDBPyConnection) -> None:
    counts = shop.execute(
        "select event_name, count(*) from intermediate.int_web_events_unioned "
        "group by all order by all"
    ).fetchall()

    # 5 of the 17,055 views and one of the 165 additions to a cart are repeats
    assert counts == [
        ("add_to_cart", 164),
        ("product_view", 17_050),
        ("purchase", 214),
    ]


def test_every_event_has_its_product(shop: duckdb.DuckDBPyConnection) -> None:
    (products,) = shop.execute(
        "select count(*), count(distinct sku) "
        "from intermediate.int_web_event_items_unioned"
    ).fetchall()
    (money,) = shop.execute(
        "select sum(price)::varchar from intermediate.int_web_event_items_unioned "
        "inner join intermediate.int_web_events_unioned using (event_id) "
        "where event_name = 'purchase'"
    ).fetchall()

    assert products == (17_428, 6_493)
    assert money == ("59442.63",)
