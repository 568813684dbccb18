"""CSV as its contract says it is written; nothing about the dialect is guessed.

The engine splits the rows. Its count is not trusted: it lets whole buffers go after an
unclosed quote, so the lines of the file are counted apart and the two must agree.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb

from orchestration.contracts import Contract
from orchestration.inbox import Arrival
from orchestration.plain_text import PlainText, UnreadableFileError, make_plain
from orchestration.readers import (
    REJECTS_TABLE,
    STORE_REJECTS,
    Reading,
    Workplace,
    check_columns,
    forget_rejects,
    identifier,
    literal,
    row_bytes_of,
    stored_names,
    write_rows,
)
from orchestration.rejects import (
    ENGINE_CUTS_TEXT_AT,
    LONGEST_TEXT,
    check_rejects_fit,
    set_apart,
)

HEADER_BYTES = 1 << 20
_FIELD_LIMIT = 1 << 23
_ENDLESS_FIELD = "a field is longer than 8 MB (a quote that is not closed?)"
_UNDECODED = re.compile("[\ud800-\udfff]")


def read_csv_file(work: Workplace, arrival: Arrival) -> Reading:
    """Read one CSV arrival into ``work``'s Parquet files.

    Raises:
        UnreadableFileError: the file breaks its contract as a whole.
        duckdb.Error: the engine cannot read it at all.
    """
    contract = arrival.contract
    scan = work.start(
        make_plain,
        arrival.path,
        work.plain,
        is_gzip=arrival.is_gzip,
        encoding=contract.encoding,
        quote=contract.quote,
    )
    is_plain = not arrival.is_gzip and contract.encoding == "utf-8"
    path = arrival.path if is_plain else scan.result().path
    columns = stored_names(read_header(path, contract), contract)
    check_columns(columns, arrival)
    work.fit(columns=len(columns), row_bytes=row_bytes_of(path))
    rejected, is_sound = 0, True
    try:
        loaded = write_rows(work, _select_rows(path, columns, arrival))
    except duckdb.InvalidInputException:
        is_sound = False
    except duckdb.Error:
        scan.result()  # tells more plainly what is wrong, where it knows
        raise
    text = scan.result()
    if text.has_nul or not is_sound:
        check_rejects_fit(_faults(text.path, contract, len(columns)))
        forget_rejects(work)
        write_rows(work, _select_rows(text.path, columns, arrival, STORE_REJECTS))
        _refuse_open_quote(work)
        loaded, rejected = set_apart(work, arrival, columns, text.path)
    rows_in = _count_rows(work, text, columns, arrival, loaded + rejected)
    return Reading(columns, rows_in, loaded, rejected, text.ends_open)


def read_header(path: Path, contract: Contract) -> tuple[str, ...]:
    """Return the column names on the first line of the UTF-8 file ``path``.

    Raises:
        UnreadableFileError: there is no such line, or it is not text.
    """
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    if not head.strip():
        raise UnreadableFileError("the file is empty")
    if b"\0" in head.partition(b"\n")[0] or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFileError("its first line is not UTF-8 (UTF-16 perhaps?)")
    text = head.decode("utf-8-sig", errors="surrogateescape")
    try:
        names = next(_reader(io.StringIO(text, newline=""), contract))
    except (csv.Error, StopIteration):
        raise UnreadableFileError("its first line is no header") from None
    if not names:
        raise UnreadableFileError("its first line is blank instead of a header")
    if any(_UNDECODED.search(name) for name in names):
        raise UnreadableFileError("its first line is not UTF-8")
    return tuple(name or f"_unnamed_{place}" for place, name in enumerate(names, 1))


def _reader(
    lines: Iterable[str], contract: Contract, *, strict: bool = False
) -> Iterator[list[str]]:
    csv.field_size_limit(_FIELD_LIMIT)
    if not contract.quote:
        return csv.reader(lines, delimiter=contract.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(
        lines, delimiter=contract.delimiter, quotechar=contract.quote, strict=strict
    )


def _faults(path: Path, contract: Contract, width: int) -> Iterator[tuple[int, int]]:
    """Yield of each broken row how many faults it has and its length in letters.

    Raises:
        UnreadableFileError: a field is endless.
    """
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
        records = _reader(lines, contract, strict=True)
        while True:
            try:
                fields = next(records)
            except StopIteration:
                return
            except csv.Error as error:
                if "field limit" in str(error):
                    raise UnreadableFileError(_ENDLESS_FIELD) from None
                yield 1, 0
                continue
            while len(fields) > width and not fields[-1]:
                fields.pop()  # the engine, too, takes delimiters at the end of a row
            text = "".join(fields)
            is_read = text.isascii() or not _UNDECODED.search(text)
            is_whole = len(fields) in (0, width)
            if not is_whole or not is_read or len(text) > LONGEST_TEXT:
                yield max(len(fields) - width, 1), len(text) + len(fields)


def _select_rows(
    path: Path, columns: Sequence[str], arrival: Arrival, rejects: str = ""
) -> str:
    contract = arrival.contract
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    quote = literal(contract.quote)
    return (
        f"select *, {literal(arrival.file)} as _source_file "
        f"from read_csv({literal(path)}, auto_detect = false, "
        f"columns = {{{types}}}, header = true, compression = 'none', "
        f"delim = {literal(contract.delimiter)}, quote = {quote}, escape = {quote}"
        f"{rejects})"
    )


def _refuse_open_quote(work: Workplace) -> None:
    row = work.connection.execute(
        f"select min(line) from {REJECTS_TABLE} where error_type = 'UNQUOTED VALUE' "
        f"and (contains(trim(csv_line, chr(10) || chr(13)), chr(10)) "
        f"or length(csv_line) >= {ENGINE_CUTS_TEXT_AT})"
    ).fetchone()
    if row and row[0] is not None:
        raise UnreadableFileError(
            f"a quote is opened near record {row[0]} and never closed properly"
        )


def _count_rows(
    work: Workplace,
    text: PlainText,
    columns: Sequence[str],
    arrival: Arrival,
    accounted: int,
) -> int:
    """Return the number of records, counted without the engine's reader.

    Raises:
        UnreadableFileError: it differs from the number loaded or rejected.
    """
    counted = text.lines - 1
    if counted != accounted and text.has_quotes:
        counted -= _breaks_in_values(work, text, columns)
    if counted != accounted:
        counted = _count_records(text.path, arrival.contract, len(columns))
    if counted != accounted:
        raise UnreadableFileError(
            f"it has {counted} records, but only {accounted} could be told apart "
            "(a quote that is not closed, or a line end inside a value)"
        )
    return counted


def _breaks_in_values(work: Workplace, text: PlainText, columns: Sequence[str]) -> int:
    line_break = "chr(10)" if text.has_line_feeds else "chr(13)"
    values = ", ".join(identifier(column) for column in columns)
    parts = [f"select concat({values}) as held from read_parquet({literal(work.rows)})"]
    if work.rejects.exists():
        parts.append(f"select raw_text from read_parquet({literal(work.rejects)})")
    row = work.connection.execute(
        f"select sum(length(held) - length(replace(held, {line_break}, ''))) "
        f"from ({' union all '.join(parts)}) where contains(held, {line_break})"
    ).fetchone()
    in_header = sum(
        name.count("\n" if text.has_line_feeds else "\r") for name in columns
    )
    return in_header + int(row[0] or 0 if row else 0)


def _count_records(path: Path, contract: Contract, width: int) -> int:
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        records = _reader(lines, contract)
        try:
            return sum(1 for fields in records if fields or width == 1) - 1
        except csv.Error:
            raise UnreadableFileError(_ENDLESS_FIELD) from None
