"""Small files beside an arrival that say when it is whole and what it holds.

`<file>.sha256` (hex, as sha256sum writes it), `<file>.rows` (a whole number) and
`<file>.done` (empty). Who cannot write one is taken once the file has stopped changing.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestration.arrivals.readers.plain_text import UnreadableFileError
from orchestration.home.files import write_atomically

SUFFIXES = (".sha256", ".rows", ".done")
MOST_BYTES = 4_096
_SHA256 = re.compile(r"([0-9a-fA-F]{64})(?:\s.*)?", re.DOTALL)


@dataclass(frozen=True)
class Sidecars:
    """What the files beside an arrival promise; None where nothing is said."""

    sha256: str | None = None
    rows: int | None = None
    is_done: bool = False

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return self.is_done or self.sha256 is not None or self.rows is not None

    def has(self, kind: str) -> bool:
        """Return whether there is a sidecar of ``kind``: sha256, rows or done."""
        told = {"sha256": self.sha256, "rows": self.rows, "done": self.is_done or None}
        return told[kind] is not None


def is_sidecar(name: str) -> bool:
    """Return whether ``name`` is that of a sidecar."""
    return name.endswith(SUFFIXES)


def read_sidecars(file: Path) -> Sidecars:
    """Return what the sidecars of ``file`` say.

    Raises:
        UnreadableFileError: one of them does not hold what its suffix promises.
    """
    sha256, rows = _read(file, ".sha256"), _read(file, ".rows")
    match = _SHA256.fullmatch(sha256.strip()) if sha256 is not None else None
    if sha256 is not None and match is None:
        raise UnreadableFileError("its .sha256 sidecar holds no sha256 in hex")
    if rows is not None and not (rows.strip().isascii() and rows.strip().isdigit()):
        raise UnreadableFileError("its .rows sidecar holds no whole number")
    return Sidecars(
        sha256=match[1].lower() if match else None,
        rows=int(rows) if rows is not None else None,
        is_done=_beside(file, ".done").is_file(),
    )


def write_sha256(file: Path, sha256: str) -> None:
    """Write the `.sha256` sidecar of ``file``, in the form that sha256sum checks."""
    write_atomically(_beside(file, ".sha256"), f"{sha256}  {file.name}\n".encode())


def still_changing(
    files: Iterable[Path],
    seconds: float,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> frozenset[Path]:
    """Return the ``files`` that changed within ``seconds``, waiting for the others.

    A file whose last change is older than that is whole. For the younger ones this
    waits once, until the youngest is old enough or has changed again.
    """
    before = {file: _state(file) for file in files}
    young = {
        file: min(max(seconds - (now() - changed), 0.0), seconds)
        for file, (_, changed) in before.items()
    }
    if wait := max(young.values(), default=0.0):
        sleep(wait)
    return frozenset(
        file for file, left in young.items() if left and _state(file) != before[file]
    )


def _state(file: Path) -> tuple[int, float]:
    try:
        facts = file.stat()
    except OSError:
        return 0, 0.0
    return facts.st_size, facts.st_mtime


def _read(file: Path, suffix: str) -> str | None:
    path = _beside(file, suffix)
    if not path.is_file():
        return None
    with path.open("rb") as sidecar:
        return sidecar.read(MOST_BYTES).decode("utf-8", errors="replace")


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)
