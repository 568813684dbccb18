"""One night at a time in one home; readers never take this lock."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.home.files import FILE_MODE, private_folder

LOCK_NAME = ".night.lock"
POLL_SECONDS = 0.2


class NightRunningError(Exception):
    """Another process works on a night of the same home."""


@dataclass
class _Hold:
    descriptor: int
    process: int
    depth: int


_guard = threading.Lock()
_holds: dict[str, _Hold] = {}


@contextmanager
def night_lock(home: Path, *, wait: bool) -> Iterator[None]:
    """Hold the night's lock of ``home`` while the block runs.

    A process that already holds it, in whatever thread, enters at once. A crash leaves
    nothing to clean: the system frees the lock with the process.

    Raises:
        NightRunningError: another process holds it, and ``wait`` is false.
    """
    key = os.path.realpath(private_folder(home))
    while not _entered(key):
        if not wait:
            raise NightRunningError(
                "A night is already running on this home. Wait until it has ended, "
                "then start again; what it published stays readable meanwhile."
            )
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        _leave(key)


def _entered(key: str) -> bool:
    with _guard:
        hold = _holds.get(key)
        if hold is None or hold.process != os.getpid():
            descriptor = _locked_descriptor(key)
            if descriptor is None:
                return False
            hold = _holds[key] = _Hold(descriptor, os.getpid(), depth=0)
        hold.depth += 1
        return True


def _leave(key: str) -> None:
    with _guard:
        hold = _holds[key]
        if hold.process != os.getpid():
            return
        hold.depth -= 1
        if hold.depth == 0:
            del _holds[key]
            os.close(hold.descriptor)


def _locked_descriptor(key: str) -> int | None:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(Path(key) / LOCK_NAME, flags, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
