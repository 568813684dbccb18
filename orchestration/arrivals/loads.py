"""From the inbox to the raw zone: each new file once and whole, or held back.

A file becomes visible by its ledger line, written after its Parquet is safely on disk.
How a format is read lives in the readers; which night sees what, in the ledger.
"""

import errno
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb

from orchestration.arrivals.acceptances import accepted_files
from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.headers import listed
from orchestration.arrivals.held_rows import keep_held_rows
from orchestration.arrivals.inbox import Arrival, Unknown, find_arrivals
from orchestration.arrivals.integrity import StoredFiles
from orchestration.arrivals.known_files import KnownFiles
from orchestration.arrivals.ledger import (
    LedgerLine,
    append_lines,
    first_night_for,
    read_ledger,
)
from orchestration.arrivals.likeness import FileFacts, Judgement, allowed_change, judge
from orchestration.arrivals.raw_files import RawFile, rows_lost, workplace, write_raw
from orchestration.arrivals.readers.plain_text import (
    LackingRowsError,
    NotYetWholeError,
    UnreadableFileError,
)
from orchestration.arrivals.readers.workplace import Reading, Workplace
from orchestration.arrivals.seen import SeenFiles, signature
from orchestration.arrivals.sidecars import Sidecars, read_sidecars, still_changing
from orchestration.home.business_days import listed_days
from orchestration.home.locks import night_lock
from orchestration.home.redaction import redact

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class UnusualFileError(Exception):
    """A file can be read and looks wrong; the text is the whole sentence."""


class TooFewRowsError(UnusualFileError, LackingRowsError):
    """It has fewer rows than its contract or its past lets expect."""


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
    lines that a loaded one replaces from its own night on: those of the same file name
    and, where the contract says so, of the same date. ``warnings`` are about loaded
    files.
    """

    loaded: tuple[LedgerLine, ...]
    repeated: tuple[Arrival, ...]
    held: tuple[Held, ...]
    unknown: tuple[Unknown, ...]
    replaced: tuple[LedgerLine, ...]
    warnings: tuple[str, ...] = ()


@dataclass
class _Run:
    home: Path
    published: Sequence[date]
    work: Workplace
    seen: SeenFiles
    accepted: frozenset[tuple[str, str, str, str]]
    stored: StoredFiles
    changing: frozenset[Path] = frozenset()
    warnings: list[str] = field(default_factory=list)
    blank: list[Arrival] = field(default_factory=list)
    loaded: list[LedgerLine] = field(default_factory=list)
    repeated: list[Arrival] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    replaced: list[LedgerLine] = field(default_factory=list)


def load_arrivals(
    home: Path,
    contracts: Sequence[Contract],
    published_nights: Sequence[date],
    settle_seconds: float = 0.0,
) -> LoadReport:
    """Load every new file of the inbox of ``home`` and report on all of them.

    A new file without a sidecar is taken once it has not changed for
    ``settle_seconds``.

    Raises:
        NightRunningError: another process works on a night of this home.
        LedgerError: the ledger is damaged.
        LoadError: there is no room to write.
        AcceptancesDamagedError: the record of accepted files cannot be read.
    """
    with night_lock(home, wait=False), workplace(home) as work:
        found = find_arrivals(home, contracts)
        run = _Run(
            home,
            published_nights,
            work,
            SeenFiles(home),
            accepted_files(home),
            StoredFiles(home),
        )
        run.changing = _still_changing(run, found.arrivals, settle_seconds)
        for contract in contracts:
            _load_table(
                run, contract, [a for a in found.arrivals if a.contract is contract]
            )
        run.stored.save()
        held = {(one.source, one.table, one.file) for one in run.held}
        run.seen.save(one for one in found.arrivals if _name(one) not in held)
    return LoadReport(
        tuple(run.loaded),
        tuple(run.repeated),
        tuple(run.held),
        found.unknown,
        tuple(run.replaced),
        (*run.warnings, *_without_rows(run.blank)),
    )


def _still_changing(
    run: _Run, arrivals: Sequence[Arrival], seconds: float
) -> frozenset[Path]:
    """Return the new files that nothing says to be whole and that are being written."""
    new = [arrival.path for arrival in arrivals if not run.seen.knows(arrival)]
    return still_changing([path for path in new if not _has_sidecar(path)], seconds)


def _has_sidecar(path: Path) -> bool:
    try:
        return read_sidecars(path).any
    except (UnreadableFileError, OSError):
        return True  # it is there; what is wrong with it is said when the file is read


def _load_table(run: _Run, contract: Contract, files: Sequence[Arrival]) -> None:
    """Load the new ``files`` of one source table and add them to its ledger at once."""
    lines = read_ledger(run.home, contract.source, contract.table)
    damaged = run.stored.damaged(lines)
    known = KnownFiles(lines, damaged)
    batch: list[LedgerLine] = []
    for arrival in files:
        content = run.work.start(run.seen.content_of, arrival)
        try:
            line = _load_file(run, arrival, known, content, batch)
        except (
            UnreadableFileError,
            UnusualFileError,
            duckdb.Error,
            OSError,
        ) as error:
            _refuse_full_disk(error)
            line = _refuse(run, arrival, known, content, error)
        if line:
            known.add(line)
            batch.append(line)
    append_lines(run.home, batch)
    run.loaded.extend(line for line in batch if line.is_loaded and not line.is_repeat)


def _load_file(
    run: _Run,
    arrival: Arrival,
    known: KnownFiles,
    content: "Future[str]",
    batch: Sequence[LedgerLine],
) -> LedgerLine | None:
    """Return the new ledger line of ``arrival``, or None where it says nothing new.

    A repeat is worth a line where it is the first file of its day: the day came.
    """
    before = signature(arrival.path)
    damaged = known.damaged(arrival, before[0], content)
    if damaged:
        return _load_again(run, arrival, damaged, content)
    if known.may_hold(before[0]) and known.repeats(arrival, content.result()):
        run.repeated.append(arrival)
        if known.has_day(arrival.export_date):
            return None
        line = _line_without_rows(run, arrival, content.result())
        return replace(line, bytes=before[0])
    if arrival.path in run.changing:
        raise NotYetWholeError("it is still being written")
    sidecars = _check_whole(arrival)
    proofs: list[str] = []

    def check(reading: Reading, shares: Mapping[str, float]) -> None:
        _check_sidecars(sidecars, reading, content.result())
        _check_not_blank(sidecars, reading)
        _check_header_is_whole(arrival, sidecars, reading)
        facts = FileFacts(
            arrival.file,
            arrival.export_date,
            reading.rows_in,
            reading.rows_rejected,
            reading.columns,
            shares,
        )
        judgement = _check_usual(run, arrival, known, content.result(), facts)
        proofs.append(_proof(arrival, sidecars, judgement))
        if proofs[-1] in ("none", "band") and reading.ends_open:
            run.warnings.append(_open_end(arrival))
        if not reading.rows_in:
            run.blank.append(arrival)
        if reading.doubled:
            run.warnings.append(_doubled(arrival, reading.doubled))

    raw = write_raw(
        run.work,
        run.home,
        arrival,
        content,
        check=check,
    )
    if signature(arrival.path) != before:
        raise NotYetWholeError("it changed while it was read")
    if raw.garbled.is_notable:
        run.warnings.append(raw.garbled.sentence("/".join(_name(arrival))))
    contract = arrival.contract
    replaced = known.replaced_by(arrival, [line.file for line in batch])
    run.replaced.extend(replaced)
    sound = [line for line in replaced if not known.is_damaged(line)]
    run.warnings.extend(_lost_rows(run, arrival, sound, raw))
    return LedgerLine(
        source=contract.source,
        table=contract.table,
        file=arrival.file,
        export_date=arrival.export_date,
        content_sha256=content.result(),
        bytes=before[0],
        rows_in=raw.reading.rows_in,
        rows_loaded=raw.reading.rows_loaded,
        rows_rejected=raw.reading.rows_rejected,
        parquet=raw.path,
        known_from=first_night_for(arrival.export_date, run.published),
        contract_sha256=contract.sha256,
        columns=raw.reading.columns,
        rows_fingerprint=raw.rows_fingerprint,
        proof=proofs[0],
        null_shares=_promised_shares(contract, raw.null_shares),
        parquet_sha256=raw.sha256,
        rejects_sha256=raw.rejects_sha256,
        supersedes=tuple(
            sorted(line.file for line in replaced if line.file != arrival.file)
        ),
    )


def _load_again(
    run: _Run, arrival: Arrival, line: LedgerLine, content: "Future[str]"
) -> LedgerLine:
    """Write the Parquet of ``line`` anew, which was damaged; nights know it as before."""
    raw = write_raw(run.work, run.home, arrival, content, check=lambda *_: None)
    run.warnings.append(
        f"{'/'.join(_name(arrival))}: its rows in the raw zone were damaged on disk. They "
        "were read again from the inbox, so nothing is missing; look after the disk, and "
        "run `nightpost verify`."
    )
    return replace(
        line,
        rows_in=raw.reading.rows_in,
        rows_loaded=raw.reading.rows_loaded,
        rows_rejected=raw.reading.rows_rejected,
        parquet=raw.path,
        contract_sha256=arrival.contract.sha256,
        columns=raw.reading.columns,
        rows_fingerprint=raw.rows_fingerprint,
        null_shares=_promised_shares(arrival.contract, raw.null_shares),
        supersedes=(),  # the line that this one repeats says it
        parquet_sha256=raw.sha256,
        rejects_sha256=raw.rejects_sha256,
    )


def _lost_rows(
    run: _Run, arrival: Arrival, replaced: Sequence[LedgerLine], raw: RawFile
) -> Iterator[str]:
    """Yield a warning where a file of events leaves out some that it told before.

    What has happened cannot have not happened; a correction tells something more.
    """
    if arrival.contract.delivery != "append":
        return
    for line in replaced:
        if line.file == arrival.file and line.parquet:
            lost = rows_lost(run.work, run.home, line, raw)
            if lost:
                yield (
                    f"{'/'.join(_name(arrival))}: it was delivered again without {lost:,} "
                    f"of the {line.rows_loaded:,} rows that it had. The night goes on "
                    "without them, but for what they say of people who want no mail. If "
                    "they are missing by mistake, land the whole file again."
                )


def _line_without_rows(run: _Run, arrival: Arrival, sha256: str) -> LedgerLine:
    contract = arrival.contract
    return LedgerLine(
        source=contract.source,
        table=contract.table,
        file=arrival.file,
        export_date=arrival.export_date,
        content_sha256=sha256,
        bytes=0,
        rows_in=0,
        rows_loaded=0,
        rows_rejected=0,
        parquet="",
        known_from=first_night_for(arrival.export_date, run.published),
        contract_sha256=contract.sha256,
        columns=(),
    )


def _check_whole(arrival: Arrival) -> Sidecars:
    """Return the sidecars of ``arrival``, the one that its contract asks for included.

    Raises:
        UnreadableFileError: that one is missing, or one cannot be read.
    """
    sidecars, needed = read_sidecars(arrival.path), arrival.contract.sidecar
    if needed != "none" and not sidecars.has(needed):
        raise LackingRowsError(
            f"its .{needed} sidecar, without which its contract takes no file, has not "
            "come"
        )
    return sidecars


def _check_sidecars(sidecars: Sidecars, reading: Reading, content: str) -> None:
    if sidecars.sha256 is not None and sidecars.sha256 != content:
        raise LackingRowsError(
            "it is not what its .sha256 sidecar says: cut, damaged, or another version"
        )
    if sidecars.rows is not None and sidecars.rows != reading.rows_in:
        raise LackingRowsError(
            f"its .rows sidecar promises {sidecars.rows} rows, it has {reading.rows_in}"
        )


def _check_not_blank(sidecars: Sidecars, reading: Reading) -> None:
    """Check that a file in which nothing stands at all is meant to be so.

    A header, or an array of nothing, says that there are no rows; no byte says nothing.

    Raises:
        LackingRowsError: nothing says that it is meant.
    """
    if reading.is_blank and not sidecars.any:
        raise LackingRowsError(
            "the file is empty. If there was nothing to tell, land it, or put a .done or "
            ".rows file beside it that says so"
        )


def _check_header_is_whole(
    arrival: Arrival, sidecars: Sidecars, reading: Reading
) -> None:
    """Check that a file with no more than a header was not cut within it.

    Raises:
        LackingRowsError: the header has no line end, and nothing says that it is all.
    """
    open_header = reading.columns and not reading.rows_in and reading.ends_open
    if open_header and not sidecars.any and not arrival.file.endswith(".gz"):
        raise LackingRowsError(
            "nothing stands in it but a header without a line end, as in a file that was "
            "cut. If there was nothing to tell, put a .done or .rows file beside it that "
            "says so"
        )


def _check_usual(
    run: _Run, arrival: Arrival, known: KnownFiles, content: str, facts: FileFacts
) -> Judgement:
    """Hold a file back that is not like those before it, unless somebody accepted it.

    Raises:
        UnusualFileError: it is not, and nobody did.
    """
    earlier = [
        FileFacts(
            line.file,
            line.export_date,
            line.rows_in,
            line.rows_rejected,
            line.columns,
            line.null_shares,
        )
        for line in known.before(arrival)
    ]
    judgement = judge(arrival.contract, facts, earlier)
    if judgement.held and (*_name(arrival), content) not in run.accepted:
        error = TooFewRowsError if judgement.lacks_rows else UnusualFileError
        raise error(judgement.held)
    run.warnings.extend(judgement.warnings)
    return judgement


def _proof(arrival: Arrival, sidecars: Sidecars, judgement: Judgement) -> str:
    """Return how we know that ``arrival`` is whole, as `LedgerLine.proof` names it."""
    contract = arrival.contract
    if sidecars.sha256 is not None:
        return "sha256"
    if sidecars.rows is not None:
        return "rows"
    if arrival.is_gzip:
        return "gzip"
    has_band = contract.rows_at_least > 0 or (
        allowed_change(contract)[0] is not None and not judgement.not_knowable
    )
    return "band" if has_band else "none"


def _open_end(arrival: Arrival) -> str:
    return (
        f"{'/'.join(_name(arrival))}: its last line has no line end. Whether it was cut "
        "there is not knowable; a .sha256 or .rows file beside it would tell."
    )


def _without_rows(files: Sequence[Arrival]) -> Iterator[str]:
    """Yield a sentence a table whose files have no rows."""
    tables: dict[str, list[Arrival]] = {}
    for one in files:
        tables.setdefault("/".join(_name(one)[:2]), []).append(one)
    for table, blank in sorted(tables.items()):
        if len(blank) == 1:
            what = f"{'/'.join(_name(blank[0]))}: it has no rows."
        else:
            days = listed_days([one.export_date for one in blank])
            what = f"{table}: {len(blank)} files have no rows ({days})."
        exports = "its export" if len(blank) == 1 else "their exports"
        yield (
            f"{what} The night goes on as if there had been nothing to tell; if {exports} "
            f"failed, land {'it' if len(blank) == 1 else 'them'} again."
        )


def _doubled(arrival: Arrival, names: Sequence[str]) -> str:
    return (
        f"{'/'.join(_name(arrival))}: column {listed(names)} occurs twice. Nobody promised "
        "it, so all are kept, the later ones with a number behind their name."
    )


def _promised_shares(
    contract: Contract, shares: Mapping[str, float]
) -> dict[str, float]:
    promised = {column.name for column in contract.columns}
    return {name: share for name, share in shares.items() if name in promised}


def _refuse(
    run: _Run,
    arrival: Arrival,
    known: KnownFiles,
    content: "Future[str]",
    error: Exception,
) -> LedgerLine | None:
    """Hold ``arrival`` back; return its ledger line unless it says nothing new."""
    held = _hold(arrival, error)
    run.held.append(held)
    try:
        sha256, size = content.result(), arrival.path.stat().st_size
    except OSError:
        sha256, size = "", 0
    says_no = arrival.contract.says_no
    if known.was_refused(arrival.file, sha256, held.reason, needs_rows=says_no):
        return None
    rows = keep_held_rows(run.work, run.home, arrival, content, error)
    return replace(
        _line_without_rows(run, arrival, sha256),
        bytes=size,
        rows_in=rows.rows,
        rows_rejected=rows.rows,
        parquet=rows.path,
        reason=held.reason,
        held_as=rows.held_as,
        parquet_sha256=rows.sha256,
    )


def _hold(arrival: Arrival, error: Exception) -> Held:
    source, table, file = _name(arrival)
    if isinstance(error, UnusualFileError):
        return Held(source, table, file, str(error))
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
