"""Whether what the engine read of a CSV is all that stands in it, as it stands there.

The engine lets rows go after an unclosed quote, drops empty fields that a row has to spare,
and takes quotes in the midst of a value for letters. So the file's line ends, delimiters
and quotes are counted apart from it. Each of them must part two rows or two fields, enclose
a field, or be found in a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.readers.plain_text import PlainText
from orchestration.arrivals.readers.workplace import Workplace
from orchestration.home.tables import identifier, literal

Sums = tuple[int, int, int, int]


@dataclass(frozen=True)
class EngineRead:
    """What the engine read: the header as it stands, stored names, the number of rows."""

    header: Sequence[str]
    columns: Sequence[str]
    rows: int


def is_accounted_for(
    work: Workplace, text: PlainText, contract: Contract, read: EngineRead
) -> bool:
    """Tell whether the rows that the engine wrote are the rows of the file."""
    if text.has_nul or _has_header_again(work, read):
        return False
    records, marks = read.rows + 1, text.marks
    parts = (len(read.columns) - 1) * records
    found = (text.lines, marks.delimiters, marks.quotes)
    if found == (records, parts, 2 * marks.openings):
        return True
    header = ", ".join(
        f"{literal(name)} as {identifier(column)}"
        for name, column in zip(read.header, read.columns, strict=True)
    )
    in_values = _marks_in(work, text, contract, read, f"read_parquet({_rows(work)})")
    in_header = _marks_in(work, text, contract, read, f"(select {header})")
    ends, delimiters, quotes, starts = map(add, in_values, in_header)
    fields_in_quotes = marks.openings - starts
    return found == (
        records + ends,
        parts + delimiters,
        2 * fields_in_quotes + 2 * quotes,
    )


def _has_header_again(work: Workplace, read: EngineRead) -> bool:
    is_header = " and ".join(
        f"coalesce({identifier(column)}, '') = {literal(name)}"
        for name, column in zip(read.header, read.columns, strict=True)
    )
    row = work.connection.execute(
        f"select exists (from read_parquet({_rows(work)}) where {is_header})"
    ).fetchone()
    return bool(row and row[0])


def _marks_in(
    work: Workplace, text: PlainText, contract: Contract, read: EngineRead, values: str
) -> Sums:
    """Return how many line ends, delimiters and quotes stand in ``values``.

    The last sum is of quotes that look as if they opened a field: those behind a delimiter
    or line end of the value, the quote that closes it included.
    """
    quote, delimiter = contract.quote, contract.delimiter
    line_end = "\n" if text.has_line_feeds else "\r"
    starts = [one + quote for one in (delimiter, "\n", "\r")] if quote else []
    cells = ", ".join(identifier(column) for column in read.columns)
    marks = ["\n", "\r", delimiter, *([quote] if quote else [])]
    marked = " or ".join(f"contains(value, {_mark(mark)})" for mark in marks)
    sums = [
        _sum_of("value", [line_end]),
        _sum_of("value", [delimiter]),
        _sum_of("value", [quote] if quote else []),
        _sum_of(f"concat(value, {_mark(quote)})", starts),
    ]
    # one column of values: a plan with sums for each of many columns takes seconds
    values = f"(select unnest([{cells}]) as value from {values}) where {marked}"
    row = work.connection.execute(f"select {', '.join(sums)} from {values}").fetchone()
    ends, delimiters, quotes, openings = row or (0, 0, 0, 0)
    return int(ends), int(delimiters), int(quotes), int(openings)


def _sum_of(value: str, marks: Sequence[str]) -> str:
    """Return the SQL that counts how often ``marks`` occur in all values."""
    counts = [
        f"coalesce(sum((strlen({value}) - strlen(replace({value}, {_mark(mark)}, ''))) "
        f"// {len(mark.encode())}), 0)"
        for mark in marks
    ]
    return " + ".join(counts) or "0"


def _mark(letters: str) -> str:
    """Return ``letters`` as SQL that stands on one line."""
    return " || ".join(f"chr({ord(letter)})" for letter in letters) or "''"


def _rows(work: Workplace) -> str:
    return f"{literal(work.rows)}, hive_partitioning = false"
