"""Raw rows that a contract cannot read are told apart, by name of the column only.

dbt's unit tests know no sources, so this rule is tested on compiled SQL.
"""

from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.raw_views import write_raw_views
from tests.conftest import NIGHT, PROJECT, every_vendor

READABLE = {
    "Name": "#1",
    "Created at": "2026-04-01 10:00:00 +0100",
    "Lineitem quantity": "1",
    "Lineitem price": "4.50",
}


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A warehouse of the name that compiled SQL uses, with empty raw views."""
    database = duckdb.connect(str(tmp_path / "nightpost.duckdb"))
    write_raw_views(database, tmp_path, read_contracts(PROJECT, every_vendor()), NIGHT)
    return database


def land_order_line(connection: duckdb.DuckDBPyConnection, row: dict[str, str]) -> None:
    """Put one line into `raw_shopify.orders`; what ``row`` does not name is null."""
    cells = ", ".join(f"""'{text}' as "{name}\"""" for name, text in row.items())
    connection.execute(
        "create temp table orders as select * from raw_shopify.orders "
        f"union all by name select {cells}, 'a.csv' as _source_file, 7 as _row_number"
    )
    connection.execute("drop view raw_shopify.orders")
    connection.execute("create table raw_shopify.orders as from temp.orders")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, None, id="readable"),
        pytest.param({"Name": " "}, "Name is missing", id="blank key"),
        pytest.param(
            {"Created at": "yesterday"},
            "Created at is not a readable instant",
            id="no time",
        ),
        pytest.param(
            {"Created at": "2026-04-01 10:00:00"},
            "Created at is not a readable instant",
            id="time without offset",
        ),
        pytest.param(
            {"Lineitem quantity": "one"},
            "Lineitem quantity is not a readable integer",
            id="no number",
        ),
    ],
)
def test_an_order_row_is_read_or_rejected_with_its_reason(
    connection: duckdb.DuckDBPyConnection,
    compiled_sql: dict[str, str],
    changes: dict[str, str],
    reason: str | None,
) -> None:
    land_order_line(connection, {**READABLE, **changes})

    rejected = connection.execute(
        compiled_sql["stg_shopify__orders__rejected"]
    ).fetchall()

    assert [row[-1] for row in rejected] == ([reason] if reason else [])
