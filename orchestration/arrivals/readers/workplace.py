"""What the readers of CSV, JSON lines and Parquet share.

A reader turns one arrival into one Parquet file of text columns, beside it the rows
that cannot be read, each with its reason. It publishes nothing: loads does.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

import duckdb

from orchestration.arrivals.contracts import RESERVED_COLUMNS, Column, Contract
from orchestration.arrivals.headers import (
    after_prefix,
    letters,
    likely_new_name,
    listed,
    objects_of,
    trimmed,
)
from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.readers.plain_text import UnreadableFileError
from orchestration.home.files import create_private_file
from orchestration.home.tables import literal

P = ParamSpec("P")
R = TypeVar("R")
MOST_COLUMNS = 2_000
OTHER_CHANNELS = re.compile(r"sms|fax|phone|call|whatsapp|push|post|letter")
REJECTS_TABLE = "reject_errors"
_SCANS_TABLE = "reject_scans"
_PARQUET = "format parquet, compression zstd, use_tmp_file false"
# Without a limit of its own the engine keeps finished rows for as long as one thread is
# ahead of the other. Each of two threads holds a group as it was read and as it is
# written, and vectors of the rows in hand; a column costs pages, however short it is.
_MEMORY_BYTES = 128 << 20
MOST_MEMORY_BYTES = 2 << 30
_MEMORY_BYTES_A_COLUMN = 1 << 19
_GROUPS_IN_MEMORY = 4
_GROUP_BYTES = 16 << 20
_CELL_BYTES = 16
_VECTORS_IN_MEMORY = 8
_VECTOR_ROWS = 2_048
_MOST_ROWS_A_GROUP = 122_880
_SAMPLES, _SAMPLE_BYTES = 16, 1 << 16
STORE_REJECTS = (
    f", store_rejects = true, rejects_table = '{REJECTS_TABLE}', "
    f"rejects_scan = '{_SCANS_TABLE}', rejects_limit = 0"
)


@dataclass
class Workplace:
    """Where files are read, one by one: the engine, and a folder for its work.

    Hashing and counting a file run in the background while the engine reads it.
    ``rows_a_group`` is how many rows the Parquet writer holds before it writes them,
    ``memory_limit`` is the engine's, in megabytes, and never below ``least_memory`` bytes.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    background: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=1)
    )
    rows_a_group: int = _MOST_ROWS_A_GROUP
    memory_limit: int = 0
    least_memory: int = 0

    @property
    def plain(self) -> Path:
        """The file's text, unpacked and in UTF-8."""
        return self.folder / "plain"

    @property
    def rows(self) -> Path:
        """The Parquet file of loaded rows."""
        return self.folder / "rows.parquet"

    @property
    def rejects(self) -> Path:
        """The Parquet file of rejected rows; absent where there are none."""
        return self.folder / "rejects.parquet"

    def start(
        self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs
    ) -> "Future[R]":
        """Start ``work`` in the background, after what was started before."""
        return self.background.submit(work, *arguments, **named)

    def clear(self) -> None:
        """Remove the temporary files of the file before."""
        for path in self.folder.iterdir():
            if path.is_file():
                path.unlink()

    def fit(self, *, columns: int, row_bytes: float) -> None:
        """Bound the engine's memory for a file, by its width and not by its length."""
        row_bytes += columns * _CELL_BYTES
        rows = int(_GROUP_BYTES / max(row_bytes, 1))
        self.rows_a_group = min(max(rows, _VECTOR_ROWS), _MOST_ROWS_A_GROUP)
        memory = (
            _MEMORY_BYTES
            + _MEMORY_BYTES_A_COLUMN * columns
            + _GROUPS_IN_MEMORY * max(_GROUP_BYTES, self.rows_a_group * row_bytes)
            + _VECTORS_IN_MEMORY * _VECTOR_ROWS * row_bytes
        )
        memory = max(min(memory, MOST_MEMORY_BYTES), self.least_memory)
        megabytes = int(memory) >> 20
        if megabytes != self.memory_limit:
            self.connection.execute(f"set memory_limit = '{megabytes}MiB'")
            self.memory_limit = megabytes


@dataclass(frozen=True)
class Reading:
    """What one file held; ``rows_in`` was counted apart from the other two.

    ``ends_open``: its last line has no line end, so it may be a part of one. ``doubled``:
    columns that nobody promised and that it has again, with a number. ``is_blank``:
    nothing at all stands in it, not even which columns it would have.
    """

    columns: tuple[str, ...]
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    ends_open: bool = False
    doubled: Sequence[str] = ()
    is_blank: bool = False


def stored_names(columns: Sequence[str], contract: Contract) -> tuple[str, ...]:
    """Return the names under which a file's columns are stored: the promised ones.

    What nobody sees of a name does not count. A header that the contract lists as an alias
    is renamed, unless the promised name is there as well; so is the only one that an
    optional column's name is but for case, blanks and signs: a missing one stops no file,
    and nobody may be written to because `opted_out` came as `opted-out`. A name that
    nobody promised and that stands there again gets a number.
    """
    visible = [
        trimmed(name) or f"_unnamed_{place}" for place, name in enumerate(columns, 1)
    ]
    promised = {trimmed(column.name): column.name for column in contract.columns}
    named = [promised.get(name, name) for name in visible]
    for column in contract.columns:
        aliases = (name for name in map(trimmed, column.aliases) if name in named)
        alias = next(aliases, None)
        if alias is not None and column.name not in named:
            named = [column.name if name == alias else name for name in named]
    named = _read_alike(named, contract)
    named = _read_prefixed(named, contract)
    return tuple(_numbered(named, {name.lower() for name in promised}))


def _read_alike(names: Sequence[str], contract: Contract) -> list[str]:
    """Return ``names``, the only one alike in place of an optional column not there."""
    promised = {column.name.lower() for column in contract.columns}
    there = {name.lower() for name in names}
    strangers: dict[str, list[str]] = {}
    for name in names:
        if name.lower() not in promised:
            strangers.setdefault(letters(name), []).append(name)
    renamed: dict[str, str] = {}
    for column in contract.columns:
        if column.required or column.name.lower() in there:
            continue
        for name in (column.name, *column.aliases):
            found = strangers.get(letters(name), [])
            if len(found) == 1 and found[0] not in renamed:
                renamed[found[0]] = column.name
                break
    return [renamed.get(name, name) for name in names]


def _read_prefixed(names: Sequence[str], contract: Contract) -> list[str]:
    """Return ``names`` without the object that an export wrote before a column's.

    Of tables with a column that says no: `Contact.Email` is the `Email` of a table of
    contacts, and `Owner.Email` is not. The column that says no is read behind any object:
    in doubt it holds back one too many.
    """
    if not any(column.says_no for column in contract.columns):
        return list(names)
    promised = {column.name.lower() for column in contract.columns}
    there = {name.lower() for name in names}
    renamed: dict[str, str] = {}
    for column in contract.columns:
        if column.required or column.name.lower() in there:
            continue
        wanted = {letters(name) for name in (column.name, *column.aliases)}
        objects = objects_of(contract.table)
        own = {letters(one) for one in objects}
        found = [
            name
            for name in names
            if name.lower() not in promised
            and wanted.intersection(after_prefix(name, objects))
            and (
                column.says_no
                or letters(name) in {one + end for one in own for end in wanted}
            )
        ]
        if len(found) == 1 and found[0] not in renamed:
            renamed[found[0]] = column.name
    return [renamed.get(name, name) for name in names]


def _numbered(names: Sequence[str], promised: Collection[str]) -> Iterator[str]:
    """Yield ``names``, those that came before with a number, but for promised ones."""
    taken = {name.lower() for name in names}
    came: set[str] = set()
    for name in names:
        number, new = 2, name
        while (
            name.lower() in came
            and new.lower() in taken
            and name.lower() not in promised
        ):
            new, number = f"{name}_{number}", number + 1
        came.add(name.lower())
        taken.add(new.lower())
        yield new


def doubled_names(columns: Sequence[str], contract: Contract) -> list[str]:
    """Return the names that come again and that nobody promised."""
    names = [trimmed(name) for name in columns]
    stored = stored_names(columns, contract)
    return sorted(
        {
            name
            for name, new in zip(names, stored, strict=True)
            if name and re.fullmatch(re.escape(name) + r"_[0-9]+", new)
        }
    )


def row_bytes_of(path: Path) -> float:
    """Return about how long a line of the text file ``path`` is, from all over it."""
    size, read, breaks = path.stat().st_size, 0, 1
    with path.open("rb") as file:
        for number in range(min(_SAMPLES, size // _SAMPLE_BYTES + 1)):
            file.seek(number * size // _SAMPLES)
            sample = file.read(_SAMPLE_BYTES)
            read += len(sample)
            breaks += sample.count(b"\n") or sample.count(b"\r")
    return read / breaks


def check_columns(columns: Sequence[str], arrival: Arrival) -> None:
    """Check the names of a file's columns against its contract.

    Raises:
        UnreadableFileError: a required column is missing, or names are doubled or taken.
    """
    if len(columns) > MOST_COLUMNS:
        raise UnreadableFileError(f"it has more than {MOST_COLUMNS} columns")
    lowered = [column.lower() for column in columns]
    if len(set(lowered)) < len(lowered):
        twice = sorted({name for name in lowered if lowered.count(name) > 1})
        raise UnreadableFileError(
            f"column {listed(twice)} occurs twice, so which of the two counts is not known"
        )
    if taken := sorted(RESERVED_COLUMNS.intersection(lowered)):
        raise UnreadableFileError(f"column {listed(taken)} has a reserved name")
    missing = [name for name in arrival.contract.required if name not in columns]
    if missing:
        raise UnreadableFileError(_missing_sentence(missing, columns, arrival))
    for column in arrival.contract.columns:
        if column.says_no and (found := _likely_noes(column, columns)):
            raise UnreadableFileError(
                f"{listed(found)} may be the opt-outs of `{column.name}`, and nobody reads "
                "them so. Export that column under its own name, or add the one that it is "
                "to its `aliases` in the sources yml"
            )


def _likely_noes(column: Column, columns: Sequence[str]) -> list[str]:
    """Return the names that end in that of an opt-out column which is not there.

    The opt-outs of another channel, as `sms_opted_out`, are none of mail.
    """
    if column.name in columns:
        return []
    wanted = tuple(letters(name) for name in (column.name, *column.aliases))
    return [
        name
        for name in columns
        if letters(name).endswith(wanted) and not OTHER_CHANNELS.search(letters(name))
    ]


def write_rows(work: Workplace, select: str) -> int:
    """Write the rows of ``select`` to the Parquet of loaded rows and count them."""
    return _copy(work, select, work.rows)


def write_rejects(work: Workplace, arrival: Arrival, select: str) -> int:
    """Write rejected rows and count them.

    ``select`` yields `row_number`, `reason` and `raw_text`.
    """
    contract = arrival.contract
    return _copy(
        work,
        f"select {literal(contract.source)} as source, "
        f"{literal(contract.table)} as table_name, {literal(arrival.file)} as file, "
        f"row_number, reason, raw_text from ({select}) order by row_number, reason",
        work.rejects,
    )


def forget_rejects(work: Workplace) -> None:
    """Empty the engine's own list of rejects before the next file is read."""
    work.connection.execute(
        f"drop table if exists {REJECTS_TABLE}; drop table if exists {_SCANS_TABLE}"
    )


def _copy(work: Workplace, select: str, target: Path) -> int:
    create_private_file(target)
    copy = (
        f"copy ({select}) to {literal(target)} "
        f"({_PARQUET}, row_group_size {work.rows_a_group})"
    )
    row = work.connection.execute(copy).fetchone()
    return int(row[0]) if row else 0


def _missing_sentence(
    missing: Sequence[str], columns: Sequence[str], arrival: Arrival
) -> str:
    promised = {column.name for column in arrival.contract.columns}
    strangers = [name for name in columns if name not in promised]
    sentence = f"required column {listed(missing)} is missing"
    likely = [
        f"{listed([new])} may be the new name of `{name}`"
        for name in missing
        if (new := likely_new_name(name, strangers))
    ]
    return "; ".join([sentence, *likely])
