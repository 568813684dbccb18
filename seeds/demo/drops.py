"""Where drops are written: unseen while they grow, renamed when all are whole."""

import os
import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from seeds.demo.texts import Ints


class DropWriter:
    """Appends lines to the day files of every vendor table, then publishes them."""

    def __init__(self, inbox: Path, days: list[str]) -> None:
        self._inbox = inbox
        self._days = days
        self._work = inbox.parent / f".{inbox.name}.demo"
        self._headers: dict[str, str] = {}
        self.rows: Counter[str] = Counter()
        shutil.rmtree(self._work, ignore_errors=True)

    def start(self, table: str, header: str) -> None:
        """Begin a CSV ``table`` ("source/table"): every day gets at least a header."""
        self._headers[table] = header
        for day in self._days:
            with self._open(f"{table}/{day}.csv") as file:
                file.write(header.encode() + b"\n")

    def append(
        self, table: str, drops: Ints, lines: pa.StringArray, rows: int | None = None
    ) -> None:
        """Append ``lines``, sorted by drop and each with its line end, to their days.

        ``rows`` is stated where a line is not a row.
        """
        suffix = "csv" if table in self._headers else "jsonl"
        bounds = np.searchsorted(drops, np.arange(len(self._days) + 1))
        self.rows[table] += len(lines) if rows is None else rows
        for index in np.flatnonzero(np.diff(bounds)):
            part = lines.slice(bounds[index], bounds[index + 1] - bounds[index])
            with self._open(f"{table}/{self._days[index]}.{suffix}") as file:
                file.write(_bytes_of(part))

    def repeat(self, table: str, drop: int, suffix: str) -> str:
        """Deliver a drop's file once more under another name, and return that name."""
        day = self._days[drop]
        path = next((self._work / table).glob(f"{day}.*"))
        again = f"{day}{suffix}{path.suffix}"
        with self._open(f"{table}/{again}") as file, path.open("rb") as whole:
            shutil.copyfileobj(whole, file)
        return again

    def publish(self) -> int:
        """Rename every finished file into the inbox and return how many there are."""
        files = sorted(path for path in self._work.rglob("*") if path.is_file())
        for path in files:
            target = self._inbox / path.relative_to(self._work)
            private_folder(target.parent)
            written_at = datetime.fromisoformat(f"{path.name[:10]}T23:00:00+00:00")
            os.utime(path, times=(written_at.timestamp(), written_at.timestamp()))
            path.replace(target)
        shutil.rmtree(self._work)
        return len(files)

    def _open(self, name: str) -> IO[bytes]:
        path = self._work / name
        private_folder(path.parent)
        return os.fdopen(
            os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab"
        )


def private_folder(folder: Path) -> None:
    """Make ``folder`` and its parents readable by their owner only."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _bytes_of(lines: pa.StringArray) -> memoryview:
    """Return the characters of a slice of lines, one after the other, uncopied."""
    starts = np.frombuffer(lines.buffers()[1], np.int32)
    first, last = starts[lines.offset], starts[lines.offset + len(lines)]
    return memoryview(lines.buffers()[2])[first:last]
