"""The folder where exports arrive: what lies in it, and putting a file there whole.

Nothing is opened before it is known to be a regular file inside the inbox, so a pipe
never blocks a night and a link never leads out. What a file holds is read by loads.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.sidecars import is_sidecar, write_sha256
from orchestration.home.files import (
    CHUNK_BYTES,
    FILE_MODE,
    fsync,
    private_folder,
    publish_file,
)

INBOX = "inbox"
TABLE_FOLDER = ("source", "table")
SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
_UNFINISHED = (".part", ".tmp")
_LANDING = ".landing-"
_FORMATS = r"(?P<format>csv|jsonl|parquet)(?P<gz>\.gz)?"
_NAME = re.compile(
    rf"(?P<date>\d{{4}}-\d{{2}}-\d{{2}})(?:[A-Za-z_ .()+-][\w .()+-]*)?\.{_FORMATS}",
    re.ASCII,
)
_PLAIN_NAME = re.compile(r"[\w .()+-]+", re.ASCII)


class LandError(Exception):
    """A file cannot be put into the inbox."""


@dataclass(frozen=True)
class Arrival:
    """One file in the inbox that fits a contract, not yet opened."""

    contract: Contract
    path: Path
    file: str
    export_date: date
    format: str
    is_gzip: bool


@dataclass(frozen=True)
class Unknown:
    """Something in the inbox that is not taken, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Arrivals:
    """What lies in the inbox: files to load, and what fits nothing."""

    arrivals: tuple[Arrival, ...]
    unknown: tuple[Unknown, ...]


def land(
    file: Path,
    *,
    source: str,
    table: str,
    export_date: date,
    home: Path,
    contracts: Sequence[Contract],
) -> Path:
    """Copy ``file`` into the inbox of ``home`` by one rename and return its new path.

    Its hash goes beside it, so that the night knows it to be whole.

    Raises:
        LandError: no contract for the table, a suffix that nobody reads, or no file.
    """
    if not file.exists():
        raise LandError(f"There is no file {file}. Nothing was put into the inbox.")
    if (source, table) not in {(known.source, known.table) for known in contracts}:
        raise LandError(
            f"No contract for {source}/{table}. Known are: "
            + ", ".join(f"{known.source}/{known.table}" for known in contracts)
        )
    name = _landed_name(file.name, export_date)
    target = home / INBOX / source / table / name
    _sweep(private_folder(target.parent))
    temporary = target.parent / f"{_LANDING}{os.getpid()}-{name}"
    try:
        sha256 = _copy(file, temporary)
        publish_file(temporary, target)
        write_sha256(target, sha256)
    except OSError as error:
        raise LandError(
            f"{source}/{table}: the file could not be copied: {error.strerror}. "
            "Nothing was put into the inbox."
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
    return target


def find_arrivals(home: Path, contracts: Sequence[Contract]) -> Arrivals:
    """Return what lies in the inbox of ``home``, by source, table, date and name."""
    by_table: dict[tuple[str, ...], Contract] = {
        (known.source, known.table): known for known in contracts
    }
    root = home / INBOX
    files: list[Arrival] = []
    unknown: list[Unknown] = []
    for parts in _walk(root, ()):
        found = _judge(root, parts, by_table)
        if isinstance(found, Arrival):
            files.append(found)
        else:
            unknown.append(found)
    files.sort(key=lambda one: (one.contract.source, one.contract.table, one.file))
    return Arrivals(tuple(files), tuple(sorted(unknown, key=lambda one: one.file)))


def _walk(root: Path, parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the parts of all below ``root`` that is neither a folder nor hidden."""
    if not (root.joinpath(*parts)).is_dir():
        return
    with os.scandir(root.joinpath(*parts)) as entries:
        names = dict(sorted((entry.name, _is_folder(entry)) for entry in entries))
    for name, is_folder in names.items():
        if name.startswith(".") or name.endswith(_UNFINISHED):
            continue
        if is_sidecar(name) and name.rpartition(".")[0] in names:
            continue
        if is_folder and len(parts) < len(TABLE_FOLDER):
            yield from _walk(root, (*parts, name))
        else:
            yield (*parts, name)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # links in a circle


def _judge(
    root: Path, parts: tuple[str, ...], by_table: dict[tuple[str, ...], Contract]
) -> Arrival | Unknown:
    shown = "/".join(part if _PLAIN_NAME.fullmatch(part) else "…" for part in parts)
    if len(parts) <= len(TABLE_FOLDER) or parts[:2] not in by_table:
        return Unknown(
            shown,
            f"{shown}: no contract for this folder. Move it to "
            "inbox/<source>/<table>/ of a source that is switched on.",
        )
    if is_sidecar(parts[2]):
        return Unknown(
            shown,
            f"{shown}: the file that this sidecar speaks of has not come. Land it again.",
        )
    match, day = _NAME.fullmatch(parts[2]), _date_of(parts[2])
    if match is None or day is None or (match["format"] == "parquet" and match["gz"]):
        return Unknown(
            shown,
            f"{shown}: the name must be <YYYY-MM-DD>[text] with one of "
            f"{', '.join(SUFFIXES)}. Rename it.",
        )
    path = root.joinpath(*parts)
    if not _is_inside(root, path):
        return Unknown(
            shown,
            f"{shown}: not a regular file inside the inbox (a folder, pipe, socket, or "
            "a link that leads elsewhere). Put the file itself there.",
        )
    contract = by_table[parts[:2]]
    return Arrival(contract, path, parts[2], day, match["format"], bool(match["gz"]))


def _is_inside(root: Path, path: Path) -> bool:
    real = os.path.realpath(path)
    if os.path.commonpath([real, os.path.realpath(root)]) != os.path.realpath(root):
        return False
    try:
        return stat.S_ISREG(os.lstat(real).st_mode)
    except OSError:
        return False


def _date_of(name: str) -> date | None:
    try:
        return date.fromisoformat(name[:10])
    except ValueError:
        return None


def _landed_name(name: str, export_date: date) -> str:
    if not name.endswith(SUFFIXES):
        raise LandError(
            f"Only {', '.join(SUFFIXES)} can be read. Export the table in one of these "
            "formats, then land it again."
        )
    plain = re.sub(r"[^\w.()+-]", "_", name, flags=re.ASCII)
    is_dated = _NAME.fullmatch(plain) and _date_of(plain) == export_date
    return plain if is_dated else f"{export_date.isoformat()}-{plain}"


def _sweep(folder: Path) -> None:
    """Remove what a landing that was killed left behind."""
    for leftover in folder.glob(f"{_LANDING}*"):
        process = leftover.name.removeprefix(_LANDING).partition("-")[0]
        if process.isdigit() and not _is_alive(int(process)):
            leftover.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _copy(file: Path, temporary: Path) -> str:
    """Copy ``file`` and return its sha256 in hex."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    digest = hashlib.sha256()
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as source:
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            raise LandError(f"{temporary.parent.name}: only a regular file can land.")
        with os.fdopen(os.open(temporary, flags, FILE_MODE), "wb") as target:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                target.write(chunk)
    fsync(temporary)
    return digest.hexdigest()
