"""A memory of files that were hashed already; losing it does no harm."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.ledger import LEDGER_FOLDER
from orchestration.home.files import sha256_of, write_atomically

SEEN_FILE = LEDGER_FOLDER / "_seen.json"


class SeenFiles:
    """The content hashes of files that have not changed since they were hashed."""

    def __init__(self, home: Path) -> None:
        """Remember what the last night of ``home`` saw."""
        self._path = home / SEEN_FILE
        self._entries = _read(self._path)

    def knows(self, arrival: Arrival) -> bool:
        """Return whether ``arrival`` has not changed since it was hashed."""
        match self._entries.get(_key(arrival)):
            case [known, str()]:
                return bool(known == signature(arrival.path))
        return False

    def content_of(self, arrival: Arrival) -> str:
        """Return the sha256 in hex of ``arrival``, read again only where it changed."""
        found = signature(arrival.path)
        match self._entries.get(_key(arrival)):
            case [known, str(content)] if known == found:
                return content
        content = sha256_of(arrival.path)
        self._entries[_key(arrival)] = [found, content]
        return content

    def save(self, arrivals: Iterable[Arrival]) -> None:
        """Remember ``arrivals`` and forget all others."""
        keys = [_key(arrival) for arrival in arrivals]
        kept = {key: self._entries[key] for key in keys if key in self._entries}
        write_atomically(self._path, json.dumps(kept, sort_keys=True).encode())


def signature(path: Path) -> list[int]:
    """Return what changes when a file is written: size, times in ns, inode."""
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino]


def _key(arrival: Arrival) -> str:
    return f"{arrival.contract.source}/{arrival.contract.table}/{arrival.file}"


def _read(path: Path) -> dict[str, Any]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}
