"""Any file of orders, as the columns that the recommenders ask for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.readers import identifier
from orchestration.recommendations.purchases import UnusableOrdersError

MEANINGS: Mapping[str, str] = {
    "customer": "varchar",
    "order_id": "varchar",
    "ordered_at": "timestamp",
    "product": "varchar",
    "quantity": "double",
    "price": "double",
    "name": "varchar",
    "category": "varchar",
    "brand": "varchar",
    "tags": "varchar",
}
SHORT = {"order": "order_id", "date": "ordered_at", "qty": "quantity", "text": "name"}
NEEDED = ("customer", "ordered_at", "product")
DATE_FORMATS = (
    "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y",
    "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M",
    "%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%Y%m%d",
    "%Y-%m-%d %H:%M:%S UTC",
)  # fmt: skip
MOST_UNREADABLE = 0.5


def read_orders(file: Path, meanings: Sequence[str]) -> pa.Table:
    """Return the orders of a CSV or Parquet file; ``meanings`` are `column=meaning`.

    Where no column is the order's id, a customer has one order a day. A date is read as
    ISO 8601, else in the one of `DATE_FORMATS` that reads most rows, the first if several
    do; a number from 10^9 on is seconds since 1970, from 10^11 on milliseconds. CSV that
    is no UTF-8 is read as Latin-1.

    Raises:
        UnusableOrdersError: the file or a column is not there, or cannot be read.
    """
    mapping = mapping_of(meanings)
    with duckdb.connect() as connection:
        try:
            source = relation(connection, file)
            chosen = [
                f"cast({identifier(column)} as varchar) as {meaning}"
                for meaning, column in mapping.items()
            ]
            connection.execute(
                f"create temp table given as select {', '.join(chosen)} from {source}"
            )
            dated = date_sql(connection)
            cells = ", ".join(cell(meaning, mapping, dated) for meaning in MEANINGS)
            return connection.execute(
                f"select {cells} from given order by all"
            ).to_arrow_table()
        except (duckdb.Error, OSError) as error:
            kind = type(error).__name__
            raise UnusableOrdersError(
                f"{file.name} cannot be read as orders ({kind}). It must be CSV (.csv, "
                ".csv.gz) or Parquet, with the columns that --map names."
            ) from None


def mapping_of(meanings: Sequence[str]) -> dict[str, str]:
    """Return meaning to column.

    Raises:
        UnusableOrdersError: a meaning is unknown or given twice, or one is missing.
    """
    found: dict[str, str] = {}
    for one in meanings:
        for pair in one.split(","):
            column, _, meaning = pair.rpartition("=")
            meaning = SHORT.get(meaning.strip(), meaning.strip())
            if not column.strip() or meaning not in MEANINGS or meaning in found:
                raise UnusableOrdersError(
                    f"--map {pair}: write column=meaning, each meaning once. Meanings "
                    f"are {', '.join((*MEANINGS, *SHORT))}."
                )
            found[meaning] = column.strip()
    if missing := [name for name in NEEDED if name not in found]:
        raise UnusableOrdersError(
            f"Say with --map column=meaning which columns are {', '.join(missing)}."
        )
    return found


def relation(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """Return the SQL that reads ``file``."""
    connection.execute("set variable orders_file = ?", [str(file)])
    if not file.is_file():
        raise FileNotFoundError(file)
    if file.suffix == ".parquet":
        return "read_parquet(getvariable('orders_file'))"
    try:
        connection.execute(f"select count(columns(*)) from {csv('utf-8')}")
    except duckdb.Error:
        return csv("latin-1")
    return csv("utf-8")


def csv(encoding: str) -> str:
    """Return the SQL that reads the file as CSV."""
    return (
        "read_csv(getvariable('orders_file'), all_varchar = true, header = true, "
        f"encoding = '{encoding}')"
    )


def date_sql(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the SQL that reads `ordered_at` of most rows.

    Raises:
        UnusableOrdersError: none reads half of them.
    """
    number = "try_cast(ordered_at as double)"
    seconds = (
        f"case when {number} >= 1e14 then null "
        f"when {number} >= 1e11 then make_timestamp(cast({number} * 1000 as bigint)) "
        f"when {number} >= 1e9 then make_timestamp(cast({number} * 1000000 as bigint)) end"
    )
    ways = [
        "try_cast(ordered_at as timestamp)",
        *(f"try_strptime(ordered_at, '{one}')" for one in DATE_FORMATS),
        seconds,
    ]
    counts = connection.execute(
        f"select {', '.join(f'count({way})' for way in ways)}, count(ordered_at) from given"
    ).fetchone() or (0,)
    *read, rows = counts
    most = max(read, default=0)
    if not most or most < MOST_UNREADABLE * rows:
        raise UnusableOrdersError(
            "The column of dates cannot be read. Write dates as 2026-04-05 or "
            "2026-04-05 13:30:00."
        )
    return ways[read.index(most)]


def cell(meaning: str, mapping: Mapping[str, str], dated: str) -> str:
    """Return the SQL of one column of the orders."""
    if meaning == "ordered_at":
        return f"{dated} as ordered_at"
    if meaning in mapping:
        return f"try_cast({meaning} as {MEANINGS[meaning]}) as {meaning}"
    if meaning == "order_id":
        return (
            f"concat(customer, '/', cast(cast({dated} as date) as varchar)) as order_id"
        )
    if meaning in ("quantity", "price"):
        return f"1.0 as {meaning}"
    return f"cast(null as varchar) as {meaning}"
