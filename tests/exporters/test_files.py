"""Files are private, complete or absent, and stay in their folder."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporters.errors import FileNotWrittenError, UnsafePathError
from exporters.files import write_file, write_file_with


@pytest.fixture(params=[0o000, 0o777], ids=["open umask", "closed umask"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_only_the_owner_reads_whatever_the_umask(tmp_path: Path) -> None:
    write_file(tmp_path / "out", "audiences/vip/members.csv", [(b"a\n", 1)])

    file = tmp_path / "out/audiences/vip/members.csv"
    assert file.stat().st_mode & 0o777 == 0o600
    folders = [file.parent, file.parent.parent, tmp_path / "out"]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_the_receipt_tells_rows_bytes_and_hash(tmp_path: Path) -> None:
    receipt = write_file(tmp_path, "a/b.txt", [(b"one\n", 1), (b"two\nthree\n", 2)])

    content = (tmp_path / "a/b.txt").read_bytes()
    assert content == b"one\ntwo\nthree\n"
    digest = hashlib.sha256(content).hexdigest()
    assert (receipt.rows, receipt.bytes, receipt.sha256) == (3, 14, digest)


def test_a_large_file_ends_where_its_content_ends(tmp_path: Path) -> None:
    part = b"x" * 3_000_000
    receipt = write_file(tmp_path, "large", [(part, 1)] * 4)

    assert receipt.bytes == (tmp_path / "large").stat().st_size == 12_000_000
    assert (tmp_path / "large").read_bytes() == part * 4


def test_a_failure_leaves_no_file_behind(tmp_path: Path) -> None:
    def parts() -> Iterator[tuple[bytes, int]]:
        yield b"half", 1
        raise ValueError

    with pytest.raises(ValueError):
        write_file(tmp_path, "a.csv", parts())
    assert list(tmp_path.iterdir()) == []


def test_a_refusing_disk_is_named_without_leaving_a_file(tmp_path: Path) -> None:
    def fill(path: Path) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(FileNotWrittenError, match=r"a\.csv.*No space left"):
        write_file_with(tmp_path, "a.csv", fill)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../a", "/etc/a", "a/../../b"])
def test_no_file_is_written_outside_its_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(UnsafePathError):
        write_file(tmp_path / "out", path, [(b"", 0)])


def test_no_link_is_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("untouched")
    out = tmp_path / "out"
    out.mkdir()
    (out / "file").symlink_to(secret)
    (out / "folder").symlink_to(tmp_path)

    write_file(out, "file", [(b"new", 1)])
    with pytest.raises(UnsafePathError):
        write_file(out, "folder/secret", [(b"new", 1)])
    assert secret.read_text() == "untouched"


def test_a_file_can_be_written_again(tmp_path: Path) -> None:
    write_file(tmp_path, "a", [(b"a longer first version", 1)])
    write_file(tmp_path, "a", [(b"short", 1)])

    assert (tmp_path / "a").read_bytes() == b"short"
