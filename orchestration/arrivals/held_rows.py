"""The rows of files that are held back, kept where their table can say no.

A file that is held back is not loaded, yet what it says of people must not be lost with
it. Its lines are kept as they stand, a row each, without asking what they mean: it is held
back because that is not known.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.readers.csv_files import read_header
from orchestration.arrivals.readers.plain_text import (
    BOMB_BYTES,
    BOMB_RATIO,
    LackingRowsError,
    NotYetWholeError,
    UnreadableFileError,
)
from orchestration.arrivals.readers.workplace import Workplace, write_rejects
from orchestration.home.files import create_private_file, publish_file, sha256_of
from orchestration.home.tables import identifier, literal

HELD_ROWS = ".held.parquet"
LONGEST_LINE = 1 << 18
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_NOT_TEXT = str.maketrans({"\0": " ", "\6": " ", "\7": " ", "\r": " ", "\n": " "})


@dataclass(frozen=True)
class HeldRows:
    """What is known of a file that is held back, as `LedgerLine.held_as` names it."""

    held_as: str = ""
    path: str = ""
    rows: int = 0
    sha256: str = ""


def keep_held_rows(
    work: Workplace,
    home: Path,
    arrival: Arrival,
    content: "Future[str]",
    error: Exception,
) -> HeldRows:
    """Keep the rows of a file that is held back for ``error``, if its table can say no."""
    contract = arrival.contract
    if not contract.says_no:
        return HeldRows()
    work.clear()
    try:
        sha256 = content.result()
        select, is_whole = _select_rows(work, arrival)
        rows = write_rejects(work, arrival, select)
    except (OSError, duckdb.Error):
        return HeldRows("unknown")
    path = (
        Path("rejected")
        / contract.source
        / contract.table
        / f"export_date={arrival.export_date.isoformat()}"
        / f"{sha256}{HELD_ROWS}"
    )
    written = sha256_of(work.rejects)
    publish_file(work.rejects, home / path)
    lacks_rows = isinstance(error, LackingRowsError) or not is_whole
    known = "unknown" if lacks_rows else "rows"
    held_as = "waiting" if isinstance(error, NotYetWholeError) else known
    return HeldRows(held_as, path.as_posix(), rows, written)


def _select_rows(work: Workplace, arrival: Arrival) -> tuple[str, bool]:
    """Return a select of the file's rows, and whether these are all that it has."""
    if arrival.format == "parquet":
        source = f"read_parquet({literal(arrival.path)}, hive_partitioning = false)"
        columns = work.connection.execute(f"describe select * from {source}").fetchall()
        cells = ", ".join(
            f"coalesce(cast({identifier(str(column[0]))} as varchar), '')"
            for column in columns
        )
        text = f"concat_ws({literal(arrival.contract.delimiter)}, {cells})"
        numbered = f"row_number() over () as row_number, {text} as raw_text"
        return f"select {numbered}, 'held back' as reason from {source}", True
    lines = create_private_file(work.plain.with_name("held"))
    with lines.open("w", encoding="utf-8", newline="\n") as target:
        is_whole = _write_lines(arrival, target)
    return (
        "select row_number, 'held back' as reason, raw_text from "
        f"read_csv({literal(lines)}, auto_detect = false, header = false, "
        "columns = {'row_number': 'BIGINT', 'raw_text': 'VARCHAR'}, "
        "delim = chr(7), quote = '', escape = '', nullstr = chr(6), "
        "compression = 'none')",
        is_whole,
    )


def _write_lines(arrival: Arrival, target: io.TextIOBase) -> bool:
    """Write every line that says something with its number; tell whether all are there."""
    limit = max(BOMB_BYTES, BOMB_RATIO * arrival.path.stat().st_size)
    first = 1 if _has_header(arrival) else 0
    size, is_whole = 0, True
    try:
        with _open_text(arrival) as lines:
            pieces = iter(lambda: lines.readline(LONGEST_LINE), "")
            for number, line in enumerate(pieces, start=1 - first):
                size += len(line)
                if size > limit:
                    return False
                # a NUL between any two letters is another encoding than it seems
                is_whole = is_whole and "\0" not in line and len(line) < LONGEST_LINE
                text = _plain(line, arrival.contract).translate(_NOT_TEXT).strip()
                if text and number > 0:
                    target.write(f"{number}\7{text}\n")
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return False
    return is_whole


def _has_header(arrival: Arrival) -> bool:
    """Return whether the first line names a column that the contract promises."""
    if arrival.format != "csv" or arrival.is_gzip:
        return arrival.format == "csv"
    try:
        names = read_header(arrival.path, arrival.contract)
    except UnreadableFileError:
        return False
    return not {column.name for column in arrival.contract.columns}.isdisjoint(names)


@contextmanager
def _open_text(arrival: Arrival) -> Iterator[io.TextIOWrapper]:
    path = arrival.path
    with gzip.open(path) if arrival.is_gzip else path.open("rb") as body:
        buffered = io.BufferedReader(body)
        is_wide = buffered.peek(2)[:2] in _UTF16_MARKS
        encoding = "utf-16" if is_wide else "utf-8"
        errors = "replace" if is_wide else "surrogateescape"
        yield io.TextIOWrapper(buffered, encoding=encoding, errors=errors)


def _plain(line: str, contract: Contract) -> str:
    """Return ``line`` with bytes that are no UTF-8 read as the contract says, or shown."""
    try:
        line.encode()
    except UnicodeEncodeError:
        encoding = "utf-8" if contract.encoding.startswith("utf") else contract.encoding
        line = line.encode("utf-8", "surrogateescape").decode(
            encoding, "backslashreplace"
        )
    if "\\u" in line:
        try:
            return json.dumps(json.loads(line), ensure_ascii=False)
        except (ValueError, RecursionError):
            return line
    return line
