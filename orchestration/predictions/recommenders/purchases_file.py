"""Any file of orders, as the columns that the recommenders ask for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.home.tables import identifier
from orchestration.predictions.proof.date_columns import date_reading
from orchestration.predictions.proof.number_columns import (
    Reading,
    UnreadableColumnError,
    number_reading,
)
from orchestration.predictions.recommenders.purchases import UnusableOrdersError

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
READERS: Mapping[str, Callable[[duckdb.DuckDBPyConnection, str, str], Reading]] = {
    "timestamp": date_reading,
    "double": number_reading,
}
NEEDED = ("customer", "ordered_at", "product")


@dataclass(frozen=True)
class OrdersFile:
    """The orders of a file, and what a person should know of how they were read."""

    orders: pa.Table
    words: tuple[str, ...]


def read_orders(file: Path, meanings: Sequence[str]) -> OrdersFile:
    """Return the orders of a CSV or Parquet file; ``meanings`` are `column=meaning`.

    Where no column is the order's id, a customer has one order a day. Dates and numbers
    are read as everywhere, see `date_columns` and `number_columns`. CSV that is no UTF-8
    is read as Latin-1.

    Raises:
        UnusableOrdersError: the file or a column is not there, or cannot be read.
    """
    mapping = mapping_of(meanings)
    with duckdb.connect() as connection:
        try:
            source = relation(connection, file)
            require_columns(connection, file, source, mapping)
            chosen = ", ".join(
                identifier(one) for one in dict.fromkeys(mapping.values())
            )
            connection.execute(
                f"create temp table given as select {chosen} from {source}"
            )
            readings = {
                meaning: READERS[MEANINGS[meaning]](connection, "given", column)
                for meaning, column in mapping.items()
                if MEANINGS[meaning] in READERS
            }
            cells = ", ".join(cell(meaning, mapping, readings) for meaning in MEANINGS)
            orders = connection.execute(
                f"select {cells} from given order by all"
            ).to_arrow_table()
        except UnreadableColumnError as error:
            raise UnusableOrdersError(str(error)) from None
        except (duckdb.Error, OSError) as error:
            kind = type(error).__name__
            raise UnusableOrdersError(
                f"{file.name} cannot be read as orders ({kind}). It must be CSV (.csv, "
                ".csv.gz) or Parquet, with the columns that --map names."
            ) from None
    return OrdersFile(orders, tuple(words_of(mapping, readings)))


def words_of(
    mapping: Mapping[str, str], readings: Mapping[str, Reading]
) -> Iterator[str]:
    """Yield what was chosen, and how many values could not be read."""
    for meaning, reading in readings.items():
        if reading.words:
            yield reading.words
        if reading.unreadable:
            yield (
                f"{reading.unreadable:,} values in the column {mapping[meaning]} cannot be "
                "read; their rows are left out."
            )


def require_columns(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    source: str,
    mapping: Mapping[str, str],
) -> None:
    """Refuse a file without rows, and a mapping to a column which is not there.

    Raises:
        UnusableOrdersError: it is one of both.
    """
    if not connection.execute(f"select 1 from {source} limit 1").fetchone():
        raise UnusableOrdersError(f"{file.name} is empty: it holds no row of orders.")
    names = [one[0] for one in connection.sql(f"from {source} limit 0").description]
    known = {one.lower() for one in names}
    missing = [one for one in mapping.values() if one.lower() not in known]
    if missing:
        raise UnusableOrdersError(
            f"{file.name} has no column {missing[0]}, which --map names; it has "
            f"{', '.join(sorted(names))}."
        )


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


def cell(
    meaning: str, mapping: Mapping[str, str], readings: Mapping[str, Reading]
) -> str:
    """Return the SQL of one column of the orders."""
    if meaning in readings:
        return f"{readings[meaning].sql} as {meaning}"
    if meaning in mapping:
        return f"cast({identifier(mapping[meaning])} as varchar) as {meaning}"
    if meaning == "order_id":
        customer = f"cast({identifier(mapping['customer'])} as varchar)"
        day = f"cast(cast({readings['ordered_at'].sql} as date) as varchar)"
        return f"concat({customer}, '/', {day}) as order_id"
    if meaning in ("quantity", "price"):
        return f"1.0 as {meaning}"
    return f"cast(null as varchar) as {meaning}"
