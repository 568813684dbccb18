"""Any table of orders from a file, in the columns that every evaluation reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.home.tables import identifier, literal
from orchestration.predictions.proof.date_columns import date_reading
from orchestration.predictions.proof.number_columns import (
    Reading,
    UnreadableColumnError,
    number_reading,
)

MEANINGS: Mapping[str, str] = {
    "customer": "who bought; rows without one are left out",
    "order": "the order's id; without it a customer's rows of one day are one order",
    "date": "when it was placed",
    "amount": "what the row, or the order, was worth",
    "quantity": "pieces; with price instead of amount",
    "price": "price of a piece",
    "product": "the product's id",
    "product_text": "the product's name or description",
}
READERS: Mapping[str, str] = {
    ".parquet": "read_parquet({files}, union_by_name = true)",
    ".csv": "read_csv({files}, all_varchar = true, header = true, union_by_name = true)",
    ".tsv": "read_csv({files}, all_varchar = true, header = true, union_by_name = true)",
    ".txt": "read_csv({files}, all_varchar = true, header = true, union_by_name = true)",
    ".jsonl": "read_json({files}, format = 'newline_delimited', union_by_name = true)",
}


class OrdersRefusedError(Exception):
    """The file or its mapping cannot be used; the message says what to give instead."""


@dataclass(frozen=True)
class OrderFile:
    """What was read into the table ``orders`` of a connection, by day."""

    rows: int
    left_out: int
    orders: int
    customers: int
    first: date
    last: date
    without_amount: int = 0
    has_worth: bool = True
    words: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return what to tell a person."""
        said = [
            f"{self.rows:,} rows: {self.orders:,} orders of {self.customers:,} customers "
            f"from {self.first} to {self.last}; {self.left_out:,} rows without a customer "
            "or a readable date were left out."
        ]
        if self.without_amount:
            said.append(
                f"{self.without_amount:,} rows lack an amount that can be read and count "
                "for nothing."
            )
        if not self.has_worth:
            said.append(
                "No amount is mapped: each order is worth 1, so values are orders, too."
            )
        return " ".join([*said, *self.words])


def parse_map(text: str) -> dict[str, str]:
    """Return the column of each meaning from ``column=meaning,…``; either way round.

    Raises:
        OrdersRefusedError: a pair is no pair, customer or date is missing, or a meaning
            has two columns.
    """
    found: dict[str, str] = {}
    for pair in text.split(","):
        left, is_pair, right = (part.strip() for part in pair.partition("="))
        if not is_pair or not {left, right} & set(MEANINGS):
            raise OrdersRefusedError(
                f"--map has a part that is no `column=meaning`: {pair.strip()}. Meanings "
                f"are {', '.join(MEANINGS)}."
            )
        column, meaning = (left, right) if right in MEANINGS else (right, left)
        if meaning in found:
            raise OrdersRefusedError(
                f"--map gives {meaning} two columns, {found[meaning]} and {column}. Name "
                "one."
            )
        found[meaning] = column
    missing = {"customer", "date"} - set(found)
    if missing:
        raise OrdersRefusedError(f"--map names no column for {sorted(missing)[0]}.")
    return found


def read_orders(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, str]
) -> OrderFile:
    """Read ``path`` into the tables `order_rows` and `orders` of ``connection``.

    `order_rows` has customer, order_id, ordered_at, amount, product and product_text, a
    row each as in the file. `orders` has profile_id, order_id, ordered_date, known_date
    and amount, one row per order; where no amount is mapped it is worth 1, and where one
    is, an order without any is left out.

    Raises:
        OrdersRefusedError: the file cannot be read, lacks a column of the mapping, or too
            much in a column cannot be read.
    """
    try:
        connection.execute(
            f"create or replace temp table file_rows as from {source_of(path)}"
        )
    except duckdb.Error:
        raise OrdersRefusedError(f"{path} cannot be read as a table.") from None
    if not connection.execute("select 1 from file_rows limit 1").fetchone():
        raise OrdersRefusedError(f"{path} is empty: it holds no row of orders.")
    names = {one[0] for one in connection.sql("from file_rows limit 0").description}
    for column in columns.values():
        if column not in names:
            raise OrdersRefusedError(
                f"{path.name} has no column {column}; it has {', '.join(sorted(names))}."
            )
    try:
        readings = {
            meaning: (date_reading if meaning == "date" else number_reading)(
                connection, "file_rows", columns[meaning]
            )
            for meaning in ("date", *used_for_worth(columns))
            if meaning in columns
        }
    except UnreadableColumnError as error:
        raise OrdersRefusedError(str(error)) from None
    has_worth = bool(used_for_worth(columns))
    connection.execute(
        "create or replace table order_rows as "
        + rows_sql("file_rows", columns, readings)
    )
    connection.execute(orders_sql(has_worth=has_worth))
    return facts(
        connection, path, has_worth, tuple(one.words for one in readings.values())
    )


def facts(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    has_worth: bool,
    words: tuple[str, ...],
) -> OrderFile:
    """Return what was read.

    Raises:
        OrdersRefusedError: no order was.
    """
    orders, customers, first, last = connection.execute(
        "select count(*), count(distinct profile_id), min(ordered_date), max(ordered_date) "
        "from orders"
    ).fetchone() or (0, 0, None, None)
    rows, kept, without = connection.execute(
        "select (select count(*) from file_rows), count(*), count(*) - count(amount) "
        "from order_rows"
    ).fetchone() or (0, 0, 0)
    if not orders:
        needed = "an amount and a date" if has_worth else "a date"
        raise OrdersRefusedError(
            f"{path.name} has no row with a customer and {needed} that can be read."
        )
    return OrderFile(
        rows,
        rows - kept,
        orders,
        customers,
        first,
        last,
        without if has_worth else 0,
        has_worth,
        tuple(one for one in words if one),
    )


def used_for_worth(columns: Mapping[str, str]) -> tuple[str, ...]:
    """Return the meanings that a row's worth comes from; none where it is unknown."""
    if "amount" in columns:
        return ("amount",)
    pair = ("quantity", "price") if "price" in columns else ()
    return tuple(one for one in pair if one in columns)


def source_of(path: Path) -> str:
    """Return the table function for a file, or for all files of a folder."""
    files = [path]
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.is_file())
    kinds = {next((k for k in READERS if k in one.name), None) for one in files}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None:
        raise OrdersRefusedError(
            f"{path} is no CSV, JSON lines or Parquet file, and no folder of one kind."
        )
    listed = ", ".join(literal(str(one)) for one in files)
    return READERS[kind].format(files=f"[{listed}]")


def rows_sql(
    source: str, columns: Mapping[str, str], readings: Mapping[str, Reading]
) -> str:
    """Return the query for the rows that can be used, in our columns."""

    def text(meaning: str) -> str:
        if meaning not in columns:
            return "cast(null as varchar)"
        return f"nullif(trim(cast({identifier(columns[meaning])} as varchar)), '')"

    worth = [readings[one].sql for one in used_for_worth(columns)]
    return f"""
        select
            regexp_replace({text("customer")}, '\\.0$', '') as customer,
            {text("order")} as order_id,
            {readings["date"].sql} as ordered_at,
            {" * ".join(worth) or "cast(null as double)"} as amount,
            {text("product")} as product,
            {text("product_text")} as product_text
        from {source}
        where customer is not null and ordered_at is not null
    """


def orders_sql(*, has_worth: bool) -> str:
    """Return the statements that make `orders` and `deeds` of `order_rows`."""
    amount = "try_cast(sum(amount) as decimal(18, 2))" if has_worth else "1"
    return f"""
create or replace table orders as
select
    customer as profile_id,
    coalesce(order_id, cast(cast(ordered_at as date) as varchar)) as order_id,
    cast(min(ordered_at) as date) as ordered_date,
    cast(min(ordered_at) as date) as known_date,
    cast({amount} as decimal(18, 2)) as amount
from order_rows
group by 1, 2
having {amount} is not null
order by 1, 2;
create or replace table deeds as
select
    profile_id, 'order' as deed, ordered_date as deed_date, ordered_date as known_date,
    count(*) as deed_count, cast(sum(amount) as decimal(18, 2)) as amount
from orders
where amount > 0
group by profile_id, ordered_date
"""
