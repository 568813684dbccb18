"""The append-only record of every file that came, and what a night may know of it.

A batch is one file that never changes. A line makes a Parquet file of the raw zone
visible; a later line for the same arrival, or one that supersedes it, replaces it for
the nights from its own `known_from` on, and for no earlier night. The line of a file
that was held back has a reason and makes nothing visible.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

from orchestration.home.files import private_folder, write_atomically

LEDGER_FOLDER = Path("raw") / "_ledger"
_BATCH = re.compile(r"(\d{6})-([0-9a-f]{16})\.jsonl")


class LedgerError(Exception):
    """A batch of the ledger is damaged."""


@dataclass(frozen=True)
class LedgerLine:
    """One file: where it came from, what it held, since when it is known.

    ``rows_fingerprint`` is a sum over its rows modulo 2^64: rows in another order, or
    spread over other files, have the same sum. ``supersedes`` names the files of the
    same date that it replaces as a whole. ``null_shares`` says of each promised column
    which share of its values is empty. ``proof`` says how we know that the file is whole:
    `sha256`, `rows` or `gzip` where that was checked, `band` where its number of rows was
    found usual, else `none`: rows may be missing at its end, and nobody can know.
    ``reason`` says why it was held back. Of a table that can say no, ``held_as`` says what
    is known of a file that was: `rows`, all of them are kept in ``parquet``; `unknown`, at
    most some are; `waiting`, it had not yet come as a whole. ``parquet_sha256`` and
    ``rejects_sha256`` are those of the Parquet files of its rows, and of its rejected
    rows; lines of earlier versions have none.
    """

    source: str
    table: str
    file: str
    export_date: date
    content_sha256: str
    bytes: int
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    parquet: str
    known_from: date
    contract_sha256: str
    columns: tuple[str, ...]
    rows_fingerprint: int = 0
    supersedes: tuple[str, ...] = ()
    null_shares: Mapping[str, float] = field(default_factory=dict)
    proof: str = "none"
    reason: str = ""
    held_as: str = ""
    parquet_sha256: str = ""
    rejects_sha256: str = ""

    @property
    def file_id(self) -> str:
        """Its table, date and the start of its hash: another name changes nothing."""
        day = self.export_date.isoformat()
        return f"{self.source}.{self.table}/{day}/{self.content_sha256[:16]}"

    @property
    def rejects_parquet(self) -> str:
        """Where the rejected rows of a loaded file lie below the home, if it has any."""
        return (Path("rejected") / Path(self.parquet).relative_to("raw")).as_posix()

    @property
    def is_loaded(self) -> bool:
        """Whether the file was taken; else it was held back."""
        return not self.reason

    @property
    def is_repeat(self) -> bool:
        """Whether it said nothing new, and only that its day has been delivered."""
        return self.is_loaded and not self.parquet


def read_ledger(home: Path, source: str, table: str) -> tuple[LedgerLine, ...]:
    """Return all lines of one source table in the order in which they were written.

    Raises:
        LedgerError: a batch differs from what its name says.
    """
    return tuple(
        line
        for path in _batches(home, source, table)
        for line in _read_batch(path, f"{source}.{table}")
    )


def append_lines(home: Path, lines: Sequence[LedgerLine]) -> None:
    """Write ``lines``, all of one source table, as the next batch of the ledger."""
    if not lines:
        return
    source, table = lines[0].source, lines[0].table
    body = "".join(_to_json(line) + "\n" for line in lines).encode()
    batches = _batches(home, source, table)
    number = int(batches[-1].name[:6]) + 1 if batches else 1
    digest = hashlib.sha256(body).hexdigest()[:16]
    folder = private_folder(_folder(home, source, table))
    write_atomically(folder / f"{number:06d}-{digest}.jsonl", body)


def known_at(lines: Iterable[LedgerLine], night: date) -> tuple[LedgerLine, ...]:
    """Return the lines visible to ``night``: known by then and not yet replaced."""
    visible: dict[tuple[str, str, str], LedgerLine] = {}
    for line in lines:
        if line.is_loaded and line.known_from <= night:
            for file in line.supersedes:
                visible.pop((line.source, line.table, file), None)
            visible[line.source, line.table, line.file] = line
    return tuple(visible.values())


def replaced_at(lines: Iterable[LedgerLine], night: date) -> tuple[LedgerLine, ...]:
    """Return the earlier generations that ``night`` knew and that another replaced."""
    lines = tuple(lines)
    shown = {line.file_id for line in known_at(lines, night)}
    gone = {
        line.file_id: line
        for line in lines
        if line.is_loaded and not line.is_repeat and line.known_from <= night
    }
    return tuple(line for file_id, line in gone.items() if file_id not in shown)


def held_at(
    lines: Iterable[LedgerLine], night: date, *, is_snapshot: bool = False
) -> tuple[LedgerLine, ...]:
    """Return the refusals that stand on ``night``: known by then, and not made good.

    A file that was taken makes the refusals under its name, and of files that it replaces,
    good; where each file ``is_snapshot``, a whole state, also those of all dates up to its
    own. A file that had not yet come as a whole may have come under another name.
    """
    held: dict[str, list[LedgerLine]] = {}
    for line in lines:
        if line.known_from > night:
            continue
        if line.reason:
            held.setdefault(line.file, []).append(line)
            continue
        held = {
            file: refused
            for file, refused in held.items()
            if not _makes_good(line, refused[-1], is_snapshot)
        }
    return tuple(line for refused in held.values() for line in refused)


def _makes_good(line: LedgerLine, refused: LedgerLine, is_snapshot: bool) -> bool:
    is_later = line.export_date >= refused.export_date
    return (
        line.file == refused.file
        or refused.file in line.supersedes
        or (is_later and (is_snapshot or refused.held_as == "waiting"))
    )


def current(lines: Iterable[LedgerLine]) -> tuple[LedgerLine, ...]:
    """Return the lines that no later line replaces, whenever they become known."""
    return known_at(lines, date.max)


def first_night_for(export_date: date, published_nights: Sequence[date]) -> date:
    """Return the night from which a new file of ``export_date`` is known."""
    newest = max(published_nights, default=date.min)
    return export_date if newest < export_date else newest + timedelta(days=1)


def _folder(home: Path, source: str, table: str) -> Path:
    return home / LEDGER_FOLDER / f"{source}.{table}"


def _batches(home: Path, source: str, table: str) -> list[Path]:
    folder = _folder(home, source, table)
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _BATCH.fullmatch(path.name))


def _read_batch(path: Path, name: str) -> list[LedgerLine]:
    body = path.read_bytes()
    if not path.stem.endswith(hashlib.sha256(body).hexdigest()[:16]):
        raise LedgerError(
            f"{name}: ledger batch {path.name} is damaged. Restore it from a backup, "
            "or move it away so that its files are loaded again from the inbox."
        )
    return [_from_json(text) for text in body.decode().splitlines()]


def _to_json(line: LedgerLine) -> str:
    return json.dumps(asdict(line), default=date.isoformat, ensure_ascii=True)


def _from_json(text: str) -> LedgerLine:
    entry = json.loads(text)
    for key in ("export_date", "known_from"):
        entry[key] = date.fromisoformat(entry[key])
    for key in ("columns", "supersedes"):
        entry[key] = tuple(entry.get(key, ()))
    return LedgerLine(**entry)
