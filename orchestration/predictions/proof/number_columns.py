"""How a column of written numbers is read: `£1,234.50`, `1.234,50 EUR`, `12,50`, `(3)`.

Currency signs and codes, spaces and apostrophes say nothing. Whether the point or the
comma stands before the decimals is settled once for a column, by what reads most of it:
`1,234` and `12.50` in one column are 1234 and 12.5.
"""

from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from orchestration.home.tables import identifier, literal

# More than this share of a column that is no number: another column was meant.
MOST_UNREADABLE = 0.1
# No price or count of pieces; sums of smaller ones fit into DECIMAL(18, 2).
TOO_LARGE = 1e11
# In this order; a pattern's matches become what stands beside it.
CLEANING = (
    (r"[\s\x{00A0}\x{202F}\x{2009}'’_]", ""),
    ("−", "-"),
    (r"^\((.*)\)$", r"-\1"),
    (r"^(.*[^-])-$", r"-\1"),
    (r"\pL{0,3}\p{Sc}", ""),
    (r"^([-+]?)(?:R|\pL{2,4}\.?)([-+]?[0-9.,])", r"\1\2"),
    (r"([0-9.,])\pL{2,4}\.?$", r"\1"),
)


class UnreadableColumnError(Exception):
    """Too much of a column cannot be read; the message names the column and the way."""


class Style(NamedTuple):
    """What stands between thousands, and before decimals."""

    thousands: str
    decimals: str


STYLES = (Style(",", "."), Style(".", ","))


@dataclass(frozen=True)
class Reading:
    """SQL for a column, how many of its values it does not read, and what to tell."""

    sql: str
    unreadable: int = 0
    words: str = ""


def number_reading(
    connection: duckdb.DuckDBPyConnection, table: str, column: str
) -> Reading:
    """Return how the numbers in ``column`` of ``table`` are read, as doubles.

    Where both styles read as much, as in a column of `1,234`, it is the one with a point
    before decimals, and the words say so.

    Raises:
        UnreadableColumnError: more than `MOST_UNREADABLE` of the values are no numbers.
    """
    text = f"nullif(trim(cast({identifier(column)} as varchar)), '')"
    ways = [number_sql(text, style) for style in STYLES]
    found = connection.execute(
        f"select count({text}), {', '.join(f'count({way})' for way in ways)}, "
        f"count(*) filter (where {ways[0]} <> {ways[1]}) from {table}"
    ).fetchone()
    total, point, comma, differing = found or (0, 0, 0, 0)
    read = max(point, comma)
    if total - read > MOST_UNREADABLE * total:
        raise UnreadableColumnError(
            f"{total - read:,} of {total:,} values in the column {column} are no numbers "
            f"that can be read, more than {MOST_UNREADABLE:.0%}. Name another column, or "
            "write them as 1234.50."
        )
    words = ""
    if comma > point:
        words = f"The column {column} is read with a comma before decimals."
    elif comma == point and differing:
        words = (
            f"The column {column} is read with a point before decimals and commas between "
            "thousands, though nothing in it shows which is which."
        )
    return Reading(ways[int(comma > point)], total - read, words)


def number_sql(text: str, style: Style) -> str:
    """Return the SQL that reads ``text`` as a double in ``style``; null where it is none."""
    for pattern, instead in CLEANING:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(instead)}, 'g')"
    between, before = (f"[{one}]" for one in style)
    pattern = (
        rf"[-+]?(\d+|\d{{1,3}}({between}\d{{2,3}})*{between}\d{{3}})?"
        rf"({before}\d*)?([eE][-+]?\d+)?"
    )
    plain = (
        f"replace(replace({text}, {literal(style.thousands)}, ''), "
        f"{literal(style.decimals)}, '.')"
    )
    number = f"try_cast({plain} as double)"
    return (
        f"case when regexp_full_match({text}, {literal(pattern)}) "
        f"and abs({number}) < {TOO_LARGE:.0f} then {number} end"
    )
