"""One arrival into the Parquet files of the raw zone and of the rejected rows.

A file written here is not visible yet: the ledger decides that.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.garbled import Garbled, count_garbled, not_ascii
from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.ledger import LedgerLine
from orchestration.arrivals.likeness import null_shares
from orchestration.arrivals.readers.csv_files import read_csv_file
from orchestration.arrivals.readers.jsonl_files import read_jsonl_file
from orchestration.arrivals.readers.parquet_files import read_parquet_file
from orchestration.arrivals.readers.plain_text import UnreadableFileError
from orchestration.arrivals.readers.workplace import (
    MOST_MEMORY_BYTES,
    Reading,
    Workplace,
)
from orchestration.home.files import private_folder, publish_file, sha256_of
from orchestration.home.tables import identifier, literal

WORK_FOLDER = Path("raw") / "_tmp"
THREADS = 2
_TIMES_ITS_SIZE = 8
_READERS = {
    "csv": read_csv_file,
    "jsonl": read_jsonl_file,
    "parquet": read_parquet_file,
}


@dataclass(frozen=True)
class RawFile:
    """A file of the raw zone: its path below the home, its counts, fingerprints and gaps."""

    path: str
    reading: Reading
    rows_fingerprint: int
    null_shares: Mapping[str, float]
    sha256: str
    rejects_sha256: str
    garbled: Garbled


@contextmanager
def workplace(home: Path) -> Iterator[Workplace]:
    """Yield an engine of its own and its work folder, swept before and after."""
    folder = home / WORK_FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {THREADS}")
        connection.execute("set timezone = 'UTC'")
        # else what it freed stays the process's, and grows with the file
        connection.execute("set allocator_background_threads = true")
        connection.execute(f"set temp_directory = {literal(folder / 'spill')}")
        work = Workplace(connection, folder)
        work.fit(columns=0, row_bytes=0)
        with work.background:
            yield work
    shutil.rmtree(folder, ignore_errors=True)


def write_raw(
    work: Workplace,
    home: Path,
    arrival: Arrival,
    content: "Future[str]",
    check: Callable[[Reading, Mapping[str, float]], None],
) -> RawFile:
    """Write the rows of ``arrival`` and return what was written.

    ``content`` is its hash, still being made while the engine reads; ``check`` gets what
    was read and each column's share of empty values, and may refuse it before any of it
    is kept.

    Raises:
        UnreadableFileError: the file breaks its contract as a whole.
        duckdb.Error: the engine cannot read it at all.
    """
    contract = arrival.contract
    reading = _read(work, arrival)
    _check_reading(reading, contract)
    shares = null_shares(work.connection, work.rows)
    check(reading, shares)
    partition = (
        Path(contract.source)
        / contract.table
        / f"export_date={arrival.export_date.isoformat()}"
        / f"{content.result()}.parquet"
    )
    # of what the engine wrote, before anything may happen to it
    written = work.start(sha256_of, work.rows)
    rejects_sha256 = ""
    fingerprint, rows_not_ascii = _read_back(
        work.connection, work.rows, reading.columns
    )
    garbled = Garbled(0, 0)
    if rows_not_ascii:
        garbled = count_garbled(work.connection, work.rows, reading.columns)
    if reading.rows_rejected:
        rejects_sha256 = sha256_of(work.rejects)
        publish_file(work.rejects, home / "rejected" / partition)
    sha256 = written.result()
    publish_file(work.rows, home / "raw" / partition)
    return RawFile(
        (Path("raw") / partition).as_posix(),
        reading,
        fingerprint,
        shares,
        sha256,
        rejects_sha256,
        garbled,
    )


def _read(work: Workplace, arrival: Arrival) -> Reading:
    """Read ``arrival``; with more memory, where what a file of its width has is too little.

    Elements of JSON arrays are parted and put in order, which takes several times their
    size, however narrow they are.
    """
    work.clear()
    work.least_memory = 0
    try:
        return _READERS[arrival.format](work, arrival)
    except duckdb.OutOfMemoryException:
        text = work.plain if work.plain.exists() else arrival.path
        work.least_memory = MOST_MEMORY_BYTES + _TIMES_ITS_SIZE * text.stat().st_size
        work.clear()
        return _READERS[arrival.format](work, arrival)


def rows_fingerprint(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str]
) -> int:
    """Return the sum of the loaded rows' hashes modulo 2^64; 0 where there is no row.

    Order of rows and columns does not matter, nor whether an empty value has a column:
    a file of JSON lines has a column only for the keys that occur in it. The hash is the
    engine's own (a sixth of the cost of md5), so the sum compares loads of one engine
    version only.
    """
    return _read_back(connection, path, columns)[0]


def _read_back(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str]
) -> tuple[int, int]:
    """Return the fingerprint of the rows, and how many of them go beyond ASCII."""
    if not columns:
        return 0, 0
    values = [
        f"case when {identifier(name)} is null then 0::ubigint "
        f"else hash({literal(name)}, {identifier(name)}) end"
        for name in sorted(columns)
    ]
    sums = _all_of(values, "xor({}, {})")
    beyond = _all_of([f"({not_ascii(name)})" for name in columns], "({} or {})")
    row = connection.execute(
        f"select sum(hash({sums})) % 18446744073709551616, "
        f"count(*) filter (where {beyond}) "
        f"from read_parquet({literal(path)}, hive_partitioning = false)"
    ).fetchone()
    return (int(row[0] or 0), int(row[1])) if row else (0, 0)


def rows_lost(work: Workplace, home: Path, earlier: LedgerLine, raw: RawFile) -> int:
    """Return how many rows of an earlier generation the new one has not, as both say them."""
    shared = sorted(set(earlier.columns) & set(raw.reading.columns))
    cells = ", ".join(f"coalesce({identifier(name)}, '')" for name in shared) or "1"
    before, after = (
        f"select {cells} from read_parquet({literal(home / path)}, "
        "hive_partitioning = false)"
        for path in (earlier.parquet, raw.path)
    )
    row = work.connection.execute(
        f"select count(*) from ({before} except all {after})"
    ).fetchone()
    return int(row[0]) if row else 0


def _all_of(parts: Sequence[str], both: str) -> str:
    """Return one expression of all ``parts``, not deeper than the engine allows."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return both.format(_all_of(parts[:middle], both), _all_of(parts[middle:], both))


def _check_reading(reading: Reading, contract: Contract) -> None:
    if reading.rows_in != reading.rows_loaded + reading.rows_rejected:
        raise UnreadableFileError(
            f"{reading.rows_in} rows came in, but {reading.rows_loaded} were loaded "
            f"and {reading.rows_rejected} rejected"
        )
    if reading.rows_rejected and not reading.rows_loaded:
        raise UnreadableFileError("not one of its rows could be read")
    if contract.delivery == "snapshot" and not reading.rows_in:
        raise UnreadableFileError("a snapshot without a row would say that all is gone")
