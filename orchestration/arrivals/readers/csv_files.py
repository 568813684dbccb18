"""CSV as its contract says it is written; nothing about the dialect is guessed.

The engine splits the rows. It is not trusted: it lets whole buffers go after an unclosed
quote, and takes rows with fields to spare. So what the file is made of is counted apart,
and where the two do not agree the file is taken apart record by record.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.readers.csv_accounts import EngineRead, is_accounted_for
from orchestration.arrivals.readers.csv_records import (
    LONGEST_FIELD,
    UNDECODED,
    Dialect,
    Record,
    read_records,
)
from orchestration.arrivals.readers.plain_text import (
    Marks,
    UnreadableFileError,
    make_plain,
)
from orchestration.arrivals.readers.workplace import (
    Reading,
    Workplace,
    check_columns,
    doubled_names,
    row_bytes_of,
    stored_names,
    write_rows,
)
from orchestration.home.tables import literal

HEADER_BYTES = 1 << 20


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
        marks=Marks.of(contract.delimiter, contract.quote),
    )
    is_plain = not arrival.is_gzip and contract.encoding == "utf-8"
    path = arrival.path if is_plain else scan.result().path
    header = read_header(path, contract)
    columns = stored_names(header, contract)
    check_columns(columns, arrival)
    doubled = doubled_names(header, contract)
    work.fit(columns=len(columns), row_bytes=row_bytes_of(path))
    try:
        loaded = write_rows(work, _select_rows(path, columns, arrival))
    except duckdb.InvalidInputException:
        loaded = -1
    except duckdb.Error:
        scan.result()  # tells more plainly what is wrong, where it knows
        raise
    text = scan.result()
    read = EngineRead(header, columns, loaded)
    if loaded >= 0 and is_accounted_for(work, text, contract, read):
        return Reading(columns, loaded, loaded, 0, text.ends_open, doubled)
    tally = read_records(work, text, arrival, columns)
    rows_in = text.lines - tally.other_lines
    return Reading(
        columns, rows_in, tally.loaded, tally.rejected, text.ends_open, doubled
    )


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
    lines = io.StringIO(text, newline="\n" if "\n" in text else "\r")
    csv.field_size_limit(LONGEST_FIELD)
    header = next(Dialect(contract).records(iter(lines)), Record(""))
    if header.problem:
        raise UnreadableFileError(f"its first line is no header: it {header.problem}")
    if not header.text:
        raise UnreadableFileError("its first line is blank instead of a header")
    names = header.fields
    if any(UNDECODED.search(name) for name in names):
        raise UnreadableFileError("its first line is not UTF-8")
    return tuple(names)


def _select_rows(path: Path, columns: Sequence[str], arrival: Arrival) -> str:
    contract = arrival.contract
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    quote = literal(contract.quote)
    return (
        f"select *, {literal(arrival.file)} as _source_file "
        f"from read_csv({literal(path)}, auto_detect = false, "
        f"columns = {{{types}}}, header = true, compression = 'none', "
        f"delim = {literal(contract.delimiter)}, quote = {quote}, escape = {quote})"
    )
