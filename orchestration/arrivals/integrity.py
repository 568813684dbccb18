"""Whether what lies in the raw zone still is what was written there, to the last bit.

A disk may hand back other bytes than it was given, and Parquet does not notice. A file is
read again when it has changed on disk since it was found sound (size, times, inode), so a
quiet night asks the disk for names only; `nightpost verify` reads every file.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from orchestration.arrivals.ledger import (
    LEDGER_FOLDER,
    LedgerLine,
    current,
    read_ledger,
)
from orchestration.arrivals.raw_files import rows_fingerprint
from orchestration.arrivals.seen import signature
from orchestration.home.files import sha256_of, write_atomically

CHECKED_FILE = LEDGER_FOLDER / "_checked.json"
# A line without the hash of its Parquet file has a sum of its rows, which only an engine
# that hashes alike can make again.
_PROBE, _PROBE_HASH = "nightpost", 14362541512843661479


@dataclass(frozen=True)
class Damage:
    """A damaged file's ledger line, and the sentence that says which it is."""

    line: LedgerLine
    sentence: str


class StoredFiles:
    """The Parquet files that ledger lines name, and which of them are damaged."""

    def __init__(self, home: Path, *, anew: bool = False) -> None:
        """Remember what was found sound in ``home``, or nothing, to read all ``anew``."""
        self._home = home
        self._path = home / CHECKED_FILE
        self._entries = _read(self._path)
        self._found = {} if anew else dict(self._entries)

    def damaged(self, lines: Iterable[LedgerLine]) -> dict[str, LedgerLine]:
        """Return the damaged files of ``lines``, all of one table, by path below home.

        A file that was written twice is what its newest line says.
        """
        promised = {path: (line, sha) for line in lines for path, sha in _files(line)}
        return {
            path: line
            for path, (line, sha) in promised.items()
            if not self._is_sound(path, line, sha)
        }

    def save(self) -> None:
        """Remember what was found."""
        if self._found != self._entries:
            body = json.dumps(self._entries | self._found, sort_keys=True)
            write_atomically(self._path, body.encode())

    def _is_sound(self, path: str, line: LedgerLine, sha256: str) -> bool:
        promised = sha256 or str(line.rows_fingerprint)
        try:
            found = signature(self._home / path)
            match self._found.get(path):
                case [known, said, bool(verdict)] if [known, said] == [found, promised]:
                    return verdict
            is_sound = (
                sha256_of(self._home / path) == sha256
                if sha256
                else _has_its_rows(self._home / path, line)
            )
        except OSError:
            return False
        self._found[path] = [found, promised, is_sound]
        return is_sound


def find_damaged(home: Path, tables: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Read every file of the raw zone of ``tables`` anew; return a sentence per damaged one.

    Raises:
        LedgerError: the ledger is damaged.
    """
    stored = StoredFiles(home, anew=True)
    found: list[str] = []
    for source, table in tables:
        ledger = read_ledger(home, source, table)
        found += [
            damage_sentence(path, line, ledger)
            for path, line in stored.damaged(ledger).items()
        ]
    stored.save()
    return tuple(found)


def damage_sentence(path: str, line: LedgerLine, ledger: Iterable[LedgerLine]) -> str:
    """Return what to tell of the damaged file ``path`` of ``line``, and what to do."""
    is_replaced = line.is_loaded and line not in current(ledger)
    remedy = (
        f"A newer file replaced {line.file}, so restore it from a backup"
        if is_replaced
        else f"Land the same {line.file} again, or restore it from a backup"
    )
    return (
        f"{line.source}/{line.table}/{line.file}: {path} is no longer what was written: it "
        f"was changed, damaged or removed on disk. Nothing is read from it. {remedy}, and "
        "run the night again."
    )


def _files(line: LedgerLine) -> Iterator[tuple[str, str]]:
    if line.parquet:
        yield line.parquet, line.parquet_sha256
    if line.rejects_sha256:
        yield line.rejects_parquet, line.rejects_sha256


def _has_its_rows(path: Path, line: LedgerLine) -> bool:
    """Return whether the rows are those that were loaded, as far as their sum can tell."""
    with duckdb.connect() as connection:
        if not path.is_file():
            return False
        is_known = line.is_loaded and line.rows_fingerprint and _hashes_alike()
        try:
            if is_known:
                found = rows_fingerprint(connection, path, line.columns)
                return found == line.rows_fingerprint
            return _count(connection, path) == line.rows_loaded + (
                0 if line.is_loaded else line.rows_rejected
            )
        except duckdb.Error:
            return False


@cache
def _hashes_alike() -> bool:
    row: Sequence[Any] | None = duckdb.execute("select hash(?)", [_PROBE]).fetchone()
    return bool(row and row[0] == _PROBE_HASH)


def _count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    row = connection.execute(
        "select count(*) from read_parquet(?)", [str(path)]
    ).fetchone()
    return int(row[0]) if row else -1


def _read(path: Path) -> dict[str, Any]:
    try:
        entries = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}
