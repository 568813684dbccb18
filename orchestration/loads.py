"""From the inbox to the raw zone: each new file once and whole, or held back.

A file becomes visible by its ledger line, written after its Parquet is safely on disk.
How a format is read lives in the readers; which night sees what, in the ledger.
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb

from orchestration.contracts import Contract
from orchestration.inbox import Arrival, Unknown, find_arrivals
from orchestration.ledger import (
    LedgerLine,
    append_lines,
    first_night_for,
    read_ledger,
)
from orchestration.locks import night_lock
from orchestration.plain_text import UnreadableFileError
from orchestration.raw_files import workplace, write_raw
from orchestration.readers import Workplace
from orchestration.redaction import redact
from orchestration.seen import SeenFiles, signature

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class LoadError(Exception):
    """Nothing can be loaded tonight, whatever the files hold."""


@dataclass(frozen=True)
class Held:
    """A file that is held back; the reason says what is wrong and what to do next."""

    source: str
    table: str
    file: str
    reason: str


@dataclass(frozen=True)
class LoadReport:
    """What became of everything in the inbox.

    ``repeated`` are files whose content is loaded already; ``replaced`` are the earlier
    lines that a loaded one of the same file name replaces from its own night on.
    """

    loaded: tuple[LedgerLine, ...]
    repeated: tuple[Arrival, ...]
    held: tuple[Held, ...]
    unknown: tuple[Unknown, ...]
    replaced: tuple[LedgerLine, ...]


@dataclass
class _Run:
    home: Path
    published: Sequence[date]
    work: Workplace
    seen: SeenFiles
    loaded: list[LedgerLine] = field(default_factory=list)
    repeated: list[Arrival] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    replaced: list[LedgerLine] = field(default_factory=list)


class _Known:
    """The lines of one source table that no later line replaces."""

    def __init__(self, lines: Sequence[LedgerLine]) -> None:
        self.by_file: dict[str, LedgerLine] = {}
        self._by_content: dict[str, list[LedgerLine]] = {}
        for line in lines:
            self.add(line)

    def add(self, line: LedgerLine) -> None:
        self.by_file[line.file] = line
        self._by_content.setdefault(line.content_sha256, []).append(line)

    def with_content(self, content: str) -> list[LedgerLine]:
        lines = self._by_content.get(content, [])
        return [line for line in lines if self.by_file[line.file] is line]


def load_arrivals(
    home: Path, contracts: Sequence[Contract], published_nights: Sequence[date]
) -> LoadReport:
    """Load every new file of the inbox of ``home`` and report on all of them.

    Raises:
        NightRunningError: another process works on a night of this home.
        LedgerError: the ledger is damaged.
        LoadError: there is no room to write.
    """
    with night_lock(home, wait=False), workplace(home) as work:
        found = find_arrivals(home, contracts)
        run = _Run(home, published_nights, work, SeenFiles(home))
        for contract, files in groupby(found.arrivals, key=lambda one: one.contract):
            _load_table(run, contract, list(files))
        held = {(one.source, one.table, one.file) for one in run.held}
        run.seen.save(one for one in found.arrivals if _name(one) not in held)
    return LoadReport(
        tuple(run.loaded),
        tuple(run.repeated),
        tuple(run.held),
        found.unknown,
        tuple(run.replaced),
    )


def _load_table(run: _Run, contract: Contract, files: Sequence[Arrival]) -> None:
    """Load the new ``files`` of one source table and add them to its ledger at once."""
    known = _Known(read_ledger(run.home, contract.source, contract.table))
    lines: list[LedgerLine] = []
    for arrival in files:
        try:
            line = _load_file(run, arrival, known)
        except (UnreadableFileError, duckdb.Error, OSError) as error:
            _refuse_full_disk(error)
            run.held.append(_hold(arrival, error))
            continue
        if line:
            known.add(line)
            lines.append(line)
    append_lines(run.home, lines)
    run.loaded.extend(lines)


def _load_file(run: _Run, arrival: Arrival, known: _Known) -> LedgerLine | None:
    """Return the new ledger line of ``arrival``, or None where its content is known."""
    before = signature(arrival.path)
    content = run.seen.content_of(arrival)
    if is_repeated(arrival, known.with_content(content)):
        run.repeated.append(arrival)
        return None
    line = _line_of(run, arrival, content)
    if signature(arrival.path) != before:
        raise UnreadableFileError("it changed while it was read")
    if replaced := known.by_file.get(arrival.file):
        run.replaced.append(replaced)
    return line


def is_repeated(arrival: Arrival, same_content: Sequence[LedgerLine]) -> bool:
    """Return whether lines of the same content already say what ``arrival`` says.

    Content without rows, and a whole snapshot, say something new on another date:
    that nothing happened, or that the state is again as it was.
    """
    says_more = arrival.contract.delivery == "snapshot"
    return any(
        line.export_date == arrival.export_date or (line.rows_in > 0 and not says_more)
        for line in same_content
    )


def _line_of(run: _Run, arrival: Arrival, content: str) -> LedgerLine:
    contract = arrival.contract
    raw = write_raw(run.work, run.home, arrival, content)
    return LedgerLine(
        source=contract.source,
        table=contract.table,
        file=arrival.file,
        export_date=arrival.export_date,
        content_sha256=content,
        bytes=arrival.path.stat().st_size,
        rows_in=raw.reading.rows_in,
        rows_loaded=raw.reading.rows_loaded,
        rows_rejected=raw.reading.rows_rejected,
        parquet=raw.path,
        known_from=first_night_for(arrival.export_date, run.published),
        contract_sha256=contract.sha256,
        columns=raw.reading.columns,
        rows_fingerprint=raw.rows_fingerprint,
    )


def _hold(arrival: Arrival, error: Exception) -> Held:
    source, table, file = _name(arrival)
    if isinstance(error, UnreadableFileError):
        reason = str(error)
    elif isinstance(error, OSError):
        reason = f"it could not be read or written ({error.strerror or 'no file'})"
    else:
        reason = f"the engine refused it ({redact(str(error)).splitlines()[0]})"
    return Held(
        source,
        table,
        file,
        f"{source}/{table}/{file}: {reason}. Nothing of it was loaded; land a "
        "corrected file under the same name.",
    )


def _name(arrival: Arrival) -> tuple[str, str, str]:
    return arrival.contract.source, arrival.contract.table, arrival.file


def _refuse_full_disk(error: Exception) -> None:
    is_full = isinstance(error, OSError) and error.errno in _NO_ROOM
    if is_full or "No space left" in str(error):
        raise LoadError(
            "The raw zone cannot be written: the disk is full or read-only. Free some "
            "space in the home folder and run the night again; nothing was published."
        ) from None
