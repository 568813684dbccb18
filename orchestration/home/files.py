"""Private folders and files that are either whole or absent.

Everything that orchestration writes goes through here or is renamed into place with
`publish_file`. How an audience or a payload looks is decided elsewhere.
"""

import hashlib
import os
import stat
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
CHUNK_BYTES = 1 << 20


def private_folder(path: Path) -> Path:
    """Make ``path`` and its missing parents with mode 0700 and return it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return path


class OwnFolderError(Exception):
    """A file that a person names would lie among those that a home keeps itself."""


def check_not_own(home: Path, target: Path) -> None:
    """Check that a file which a command writes for a person is none of ``home``'s own.

    Links are followed, so none leads in.

    Raises:
        OwnFolderError: it lies in a folder of the home, or replaces something there.
    """
    real, own = target.resolve(), home.resolve()
    is_new_beside = real.parent == own and not real.exists() and not target.is_symlink()
    if real.is_relative_to(own) and not is_new_beside:
        raise OwnFolderError(
            f"{target} lies where the home keeps its own files. Name a file outside of "
            f"{home}; nothing was written."
        )


def create_private_file(path: Path) -> Path:
    """Create ``path`` empty with mode 0600, replacing what lay there, and return it."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    return path


def write_atomically(path: Path, body: bytes) -> str:
    """Write ``body`` to ``path`` by one rename and return its sha256 in hex."""
    private_folder(path.parent)
    temporary = create_private_file(path.with_name(f".tmp-{os.getpid()}-{path.name}"))
    try:
        temporary.write_bytes(body)
        publish_file(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return hashlib.sha256(body).hexdigest()


def publish_file(temporary: Path, path: Path) -> None:
    """Move the finished ``temporary`` to ``path``, durable on disk when it returns."""
    private_folder(path.parent)
    fsync(temporary)
    temporary.replace(path)
    fsync(path.parent)


def fsync(path: Path) -> None:
    """Wait until the file or folder ``path`` is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the sha256 in hex of the bytes of the regular file ``path``.

    Raises:
        OSError: ``path`` is no regular file, or cannot be read; a pipe never blocks.
    """
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
