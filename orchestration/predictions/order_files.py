"""Any table of orders from a file, in the columns that every evaluation reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.readers import identifier, literal

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
DATE_FORMATS = (
    "%Y%m%d", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y",
    "%d.%m.%Y %H:%M", "%m/%d/%y %H:%M", "%m/%d/%y", "%Y-%m-%d %H:%M:%S UTC",
)  # fmt: skip


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

    def sentence(self) -> str:
        """Return what to tell a person."""
        return (
            f"{self.rows:,} rows: {self.orders:,} orders of {self.customers:,} customers "
            f"from {self.first} to {self.last}; {self.left_out:,} rows without a customer "
            "or a readable date were left out."
        )


def parse_map(text: str) -> dict[str, str]:
    """Return the column of each meaning from ``column=meaning,…``; either way round.

    Raises:
        OrdersRefusedError: a pair is no pair, or customer or date is missing.
    """
    found = {}
    for pair in text.split(","):
        left, is_pair, right = (part.strip() for part in pair.partition("="))
        if not is_pair or not {left, right} & set(MEANINGS):
            raise OrdersRefusedError(
                f"--map has a part that is no `column=meaning`: {pair.strip()}. Meanings "
                f"are {', '.join(MEANINGS)}."
            )
        column, meaning = (left, right) if right in MEANINGS else (right, left)
        found[meaning] = column
    missing = {"customer", "date"} - set(found)
    if missing:
        raise OrdersRefusedError(f"--map names no column for {sorted(missing)[0]}.")
    return found


def read_orders(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Mapping[str, str]
) -> OrderFile:
    """Read ``path`` into the tables `order_rows` and `orders` of ``connection``.

    `order_rows` has customer, order_id, ordered_at, amount, quantity, price, product and
    product_text, a row each as in the file. `orders` has profile_id, order_id, ordered_date,
    known_date and amount, one row per order; without amounts an order is worth 1.

    Raises:
        OrdersRefusedError: the file cannot be read, or lacks a column of the mapping.
    """
    try:
        connection.execute(
            f"create or replace temp table file_rows as from {source_of(path)}"
        )
    except duckdb.Error:
        raise OrdersRefusedError(f"{path} cannot be read as a table.") from None
    names = {one[0] for one in connection.sql("from file_rows limit 0").description}
    for column in columns.values():
        if column not in names:
            raise OrdersRefusedError(
                f"{path.name} has no column {column}; it has {', '.join(sorted(names))}."
            )
    date_format = best_date_format(connection, columns["date"])
    total = connection.execute("select count(*) from file_rows").fetchone()
    connection.execute(
        "create or replace table order_rows as "
        + rows_sql("file_rows", columns, date_format)
    )
    connection.execute(ORDERS)
    counted = connection.execute(
        "select count(*), count(distinct profile_id), min(ordered_date), max(ordered_date) "
        "from orders"
    ).fetchone() or (0, 0, None, None)
    kept = connection.execute("select count(*) from order_rows").fetchone() or (0,)
    if not counted[0]:
        raise OrdersRefusedError(
            f"{path.name} has no row with a customer and a date that can be read."
        )
    rows = int(total[0]) if total else 0
    return OrderFile(
        rows, rows - int(kept[0]), int(counted[0]), int(counted[1]), *counted[2:]
    )


def best_date_format(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """Return the format that reads most dates of ``column``; of equal ones the first.

    One for all rows: 1/12 and 12/31 in one column are both of December.
    """
    text = f"cast({identifier(column)} as varchar)"
    counts = ", ".join(
        f"count(try_strptime({text}, {literal(one)}))" for one in DATE_FORMATS
    )
    found = connection.execute(f"select {counts} from file_rows").fetchone() or ()
    return max(zip(found, DATE_FORMATS, strict=True), key=lambda one: one[0])[1]


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


def rows_sql(source: str, columns: Mapping[str, str], date_format: str) -> str:
    """Return the query for the rows that can be used, in our columns."""

    def text(meaning: str) -> str:
        if meaning not in columns:
            return "cast(null as varchar)"
        return f"nullif(trim(cast({identifier(columns[meaning])} as varchar)), '')"

    def number(meaning: str) -> str:
        return f"try_cast(replace({text(meaning)}, ',', '.') as double)"

    worth = number("amount")
    if "amount" not in columns and "price" in columns:
        pieces = number("quantity") if "quantity" in columns else "1"
        worth = f"{pieces} * {number('price')}"
    return f"""
        select
            regexp_replace({text("customer")}, '\\.0$', '') as customer,
            {text("order")} as order_id,
            coalesce(
                try_strptime({text("date")}, {literal(date_format)}),
                try_cast({text("date")} as timestamp)
            ) as ordered_at,
            {worth} as amount,
            {number("quantity")} as quantity,
            {number("price")} as price,
            {text("product")} as product,
            {text("product_text")} as product_text
        from {source}
        where customer is not null and ordered_at is not null
    """


ORDERS = """
create or replace table orders as
select
    customer as profile_id,
    coalesce(order_id, cast(cast(ordered_at as date) as varchar)) as order_id,
    cast(min(ordered_at) as date) as ordered_date,
    cast(min(ordered_at) as date) as known_date,
    cast(coalesce(sum(amount), 1) as decimal(18, 2)) as amount
from order_rows
group by 1, 2
order by 1, 2;
create or replace table deeds as
select
    profile_id, 'order' as deed, ordered_date as deed_date, ordered_date as known_date,
    count(*) as deed_count, cast(sum(amount) as decimal(18, 2)) as amount
from orders
where amount > 0
group by profile_id, ordered_date
"""
