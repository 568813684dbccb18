"""Private files with a receipt: 0600 in folders of 0700, synced, hashed.

Every file of a night is written through this module, into a staging folder that the
caller publishes by one rename. The umask does not matter, links are not followed, and
a file that could not be finished is removed.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from exporters.errors import FileNotWrittenError, UnsafePathError

_CHUNK = 1 << 20
_LARGE = 1 << 22
_ROOM = 1 << 26


@dataclass(frozen=True, order=True)
class FileReceipt:
    """One written file: its path below the staging folder, rows, bytes and sha256."""

    path: str
    rows: int
    bytes: int
    sha256: str


def private_folder(out_dir: Path, relative: str = ".") -> Path:
    """Make ``out_dir/relative`` and its parents up to ``out_dir``, all with mode 0700.

    Raises:
        UnsafePathError: ``relative`` leaves ``out_dir``, or leads through a link.
        FileNotWrittenError: the system refused a folder.

    """
    parts = PurePosixPath(relative)
    if parts.is_absolute() or ".." in parts.parts:
        raise UnsafePathError(
            f"{relative}: leaves the staging folder; nothing was written."
        )
    folder = out_dir
    for part in ("", *parts.parts):
        folder = folder / part
        _make_private(folder, relative)
    return folder


def write_file(
    out_dir: Path, relative: str, parts: Iterable[tuple[bytes, int]]
) -> FileReceipt:
    """Write ``parts``, pairs of bytes and how many rows they hold, and sync them.

    Raises:
        UnsafePathError: ``relative`` leaves ``out_dir``, or leads through a link.
        FileNotWrittenError: the system refused; no half file is left behind.

    """
    digest, size, rows = hashlib.sha256(), 0, 0

    def fill(path: Path) -> None:
        nonlocal size, rows
        reserved = 0
        with path.open("r+b", buffering=0) as file:
            for content, count in parts:
                if size + len(content) > reserved:
                    reserved = _reserve(file.fileno(), size, len(content))
                _write_all(file, content)
                digest.update(content)
                size += len(content)
                rows += count
            file.truncate(size)

    _fill_private(out_dir, relative, fill)
    return FileReceipt(relative, rows, size, digest.hexdigest())


def write_file_with(
    out_dir: Path, relative: str, fill: Callable[[Path], int]
) -> FileReceipt:
    """Let ``fill`` write an empty private file by its path and return the row count.

    Raises:
        UnsafePathError: ``relative`` leaves ``out_dir``, or leads through a link.
        FileNotWrittenError: the system refused; no half file is left behind.

    """
    rows = 0

    def fill_and_count(path: Path) -> None:
        nonlocal rows
        rows = fill(path)

    path = _fill_private(out_dir, relative, fill_and_count)
    size, digest = _measure(path)
    return FileReceipt(relative, rows, size, digest)


def _fill_private(out_dir: Path, relative: str, fill: Callable[[Path], None]) -> Path:
    """Create an empty private file, have it filled, and sync it and its folder."""
    folder = private_folder(out_dir, str(PurePosixPath(relative).parent))
    path = folder / PurePosixPath(relative).name
    reason = ""
    try:
        _create_empty(path)
        fill(path)
        _sync(path)
        _sync(folder)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        path.unlink(missing_ok=True)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if reason:
        raise FileNotWrittenError(
            f"{relative}: could not be written ({reason}). "
            "Nothing was published; free or mend the disk and run the night again."
        )
    return path


def _write_all(file: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def _reserve(descriptor: int, size: int, wanted: int) -> int:
    """Reserve room behind ``size`` in a file that has become large; return its end.

    Growing a large file block by block took ten times as long on ext4, and a full disk
    shows before the work is done. Small files are left alone.
    """
    if size < _LARGE or not hasattr(os, "posix_fallocate"):
        return size + wanted
    room = max(wanted, _ROOM)
    os.posix_fallocate(descriptor, size, room)
    return size + room


def _create_empty(path: Path) -> None:
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _make_private(folder: Path, relative: str) -> None:
    reason = ""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise UnsafePathError(
                f"{relative}: leads through a link; nothing was written."
            )
        folder.chmod(0o700)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
    if reason:
        raise FileNotWrittenError(
            f"{relative}: its folder could not be made ({reason})."
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _measure(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while content := file.read(_CHUNK):
            digest.update(content)
            size += len(content)
    return size, digest.hexdigest()
