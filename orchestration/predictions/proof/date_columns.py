"""How a column of written dates is read: in one way for all of it, the one that fits best.

1/12 and 12/31 in one column are both of December.
"""

from itertools import product

import duckdb

from orchestration.home.tables import identifier, literal
from orchestration.predictions.proof.number_columns import (
    Reading,
    UnreadableColumnError,
)

# More than this share of a column that is no date: another column was meant.
MOST_UNREADABLE = 0.5
TRIED_FIRST = 500
TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
)
# Of two that read as much the first is taken: the day before the month.
DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d.%m.%y", "%m.%d.%y"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y"),
    *("%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%d. %B %Y", "%d/%b/%Y"),
)
FORMATS = (*(day + time for time, day in product(TIMES, DAYS)), "%Y-%m-%d %H:%M:%S UTC")
# `12/1/10` is no day of the year 12, as a cast or %Y would have it.
EARLIEST = "timestamp '1000-01-01'"


def date_reading(
    connection: duckdb.DuckDBPyConnection, table: str, column: str
) -> Reading:
    """Return how the dates in ``column`` of ``table`` are read, as timestamps.

    As ISO 8601 or, of `FORMATS`, as the one that reads most values; a number from 10^9 on
    is seconds since 1970, from 10^11 on milliseconds. Where the day and the month could
    each be first, the day is, and the words say so.

    Raises:
        UnreadableColumnError: less than half of the values can be read.
    """
    text = f"nullif(trim(cast({identifier(column)} as varchar)), '')"
    iso, numbers = f"try_cast({text} as timestamp)", seconds_sql(text)
    ways = {
        "": sensible(iso),
        **{one: sensible(f"try_strptime({text}, {literal(one)})") for one in FORMATS},
        "seconds": sensible(numbers),
    }
    # so many formats are slow on all rows: those that read none of a few are left out
    few = (
        f"(select {identifier(column)} from {table} where {text} is not null "
        f"group by 1 order by hash({text}), 1 limit {TRIED_FIRST}) as few"
    )
    likely = {
        name: ways[name] for name, n in counts(connection, few, ways).items() if n
    }
    read = counts(connection, table, {**likely, "all": text})
    total = read.pop("all")
    most = max(read.values(), default=0)
    if not most or total - most > MOST_UNREADABLE * total:
        raise UnreadableColumnError(
            f"The column {column} cannot be read as dates. Write dates as 2026-04-05 or "
            "2026-04-05 13:30:00."
        )
    best = next(name for name, n in read.items() if n == most)
    words = ""
    if read.get(swapped(best)) == most and best != swapped(best):
        words = (
            f"In the column {column} nothing shows whether days or months come first; days "
            "are taken to. If months do, write dates as 2026-04-05."
        )
    chosen = ways[best] if not best else f"coalesce({ways[best]}, {ways['']})"
    return Reading(chosen, total - most, words)


def swapped(name: str) -> str:
    """Return a format with day and month in each other's place."""
    return name.replace("%d", "?").replace("%m", "%d").replace("?", "%m")


def sensible(sql: str) -> str:
    """Return SQL for a time that is null before the year 1000."""
    return f"case when {sql} >= {EARLIEST} then {sql} end"


def seconds_sql(text: str) -> str:
    """Return SQL for ``text`` as seconds or milliseconds since 1970."""
    number = f"try_cast({text} as double)"
    return (
        f"case when {number} >= 1e14 then null "
        f"when {number} >= 1e11 then make_timestamp(cast({number} * 1000 as bigint)) "
        f"when {number} >= 1e9 then make_timestamp(cast({number} * 1000000 as bigint)) end"
    )


def counts(
    connection: duckdb.DuckDBPyConnection, source: str, ways: dict[str, str]
) -> dict[str, int]:
    """Return how many values each way reads."""
    listed = ", ".join(f"count({way})" for way in ways.values())
    found = connection.execute(f"select {listed} from {source}").fetchone() or ()
    return dict(zip(ways, found, strict=True))
