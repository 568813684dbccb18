"""Plain UTF-8 text out of an arrival, with a count of its lines that is our own.

A gzip that was cut or altered is noticed here (the engine's own reader takes it without
a word), and the count of lines is what the engine's count of rows is held against.
"""

import codecs
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from orchestration.home.files import CHUNK_BYTES, create_private_file

LONGEST_LINE_CHUNKS = 8
BOMB_BYTES = 256 << 20
BOMB_RATIO = 200


class UnreadableFileError(Exception):
    """A file is held back; the text is the sentence's middle: what is wrong with it."""


class LackingRowsError(UnreadableFileError):
    """What there is of the file may be less than what it should hold."""


class NotYetWholeError(LackingRowsError):
    """The file is still on its way."""


@dataclass(frozen=True)
class Marks:
    """A delimiter and a quote, and how often they occur.

    ``openings`` are the quotes at the file's start or behind a delimiter or line end.
    """

    delimiter: bytes = b""
    quote: bytes = b""
    delimiters: int = 0
    quotes: int = 0
    openings: int = 0

    @classmethod
    def of(cls, delimiter: str, quote: str) -> "Marks":
        """Return the marks of a contract, none of them counted yet."""
        return cls(delimiter.encode(), quote.encode())

    def counted_on(self, chunk: bytes, before: bytes) -> "Marks":
        """Return the sums with ``chunk``, which stands behind ``before``."""
        if not self.delimiter:
            return self
        delimiters = self.delimiters + chunk.count(self.delimiter)
        if not self.quote or self.quote not in chunk:
            return replace(self, delimiters=delimiters)
        starts = (self.delimiter, b"\n", b"\r")
        is_behind = not before or before.endswith(starts)
        return replace(
            self,
            delimiters=delimiters,
            quotes=self.quotes + chunk.count(self.quote),
            openings=self.openings
            + (is_behind and chunk.startswith(self.quote))
            + sum(chunk.count(start + self.quote) for start in starts),
        )


@dataclass(frozen=True)
class PlainText:
    """A UTF-8 file that the engine may read, and what was counted while making it."""

    path: Path
    size: int
    line_breaks: int
    ends_open: bool
    marks: "Marks"
    has_nul: bool
    has_carriage_returns: bool
    has_line_feeds: bool

    @property
    def lines(self) -> int:
        """The number of lines, blank ones and an unfinished last one included."""
        return self.line_breaks + self.ends_open


def make_plain(
    arrival: Path,
    copy: Path,
    *,
    is_gzip: bool,
    encoding: str = "utf-8",
    marks: Marks = Marks(),
    joins_line_ends: bool = False,
) -> PlainText:
    """Return ``arrival`` as plain UTF-8 text, itself or as ``copy``.

    Raises:
        UnreadableFileError: a broken gzip, bytes that do not fit ``encoding``, an endless
            line, or an archive that grows beyond reason.
    """
    is_same = not is_gzip and encoding == "utf-8"
    text = _scan(arrival, None if is_same else copy, is_gzip, encoding, marks)
    if not (joins_line_ends and text.has_carriage_returns):
        return text
    joined = create_private_file(copy.with_name(f"{copy.name}.joined"))
    with text.path.open("rb") as source, joined.open("wb") as target:
        _join_line_ends(source, target)
    return _scan(joined, None, False, "utf-8", marks)


def _scan(
    arrival: Path, copy: Path | None, is_gzip: bool, encoding: str, marks: Marks
) -> PlainText:
    size = feeds = returns = chunks_without_break = 0
    has_nul = False
    before = b""
    target = create_private_file(copy).open("wb") if copy else None
    for chunk in _utf8_chunks(arrival, is_gzip, encoding):
        letters = chunk if size else chunk.removeprefix(codecs.BOM_UTF8)
        marks = marks.counted_on(letters, before)
        before = chunk[-4:] or before
        size += len(chunk)
        feeds_here, returns_here = chunk.count(b"\n"), chunk.count(b"\r")
        feeds, returns = feeds + feeds_here, returns + returns_here
        has_nul = has_nul or b"\0" in chunk
        has_break = feeds_here or returns_here
        chunks_without_break = 0 if has_break else chunks_without_break + 1
        if chunks_without_break > LONGEST_LINE_CHUNKS:
            raise UnreadableFileError("one line is longer than 8 MB")
        if target:
            target.write(chunk)
    if target:
        target.close()
    return PlainText(
        path=copy or arrival,
        size=size,
        line_breaks=feeds or returns,
        ends_open=before[-1:] not in (b"", b"\n", b"\r"),
        marks=marks,
        has_nul=has_nul,
        has_carriage_returns=returns > 0,
        has_line_feeds=feeds > 0,
    )


def _utf8_chunks(arrival: Path, is_gzip: bool, encoding: str) -> Iterator[bytes]:
    chunks = _gunzipped(arrival) if is_gzip else _chunks(arrival)
    if encoding == "utf-8":
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    seeker = _Utf8Seeker()
    try:
        for chunk in chunks:
            seeker.look_at(chunk)
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        raise UnreadableFileError(f"its bytes are not {encoding}") from None
    if seeker.is_utf8():
        raise UnreadableFileError(
            f"its bytes are UTF-8, and its contract says {encoding}"
        )


class _Utf8Seeker:
    """Tells whether bytes that a contract calls something else are UTF-8.

    Almost every byte is a letter in a one-byte encoding, so UTF-8 would be read as
    nonsense there without a word; the other way round, text in such an encoding that
    happens to be UTF-8 with letters beyond ASCII is not met.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._has_letters_beyond_ascii = False
        self._is_broken = False

    def look_at(self, chunk: bytes) -> None:
        """Look at the next bytes of the file."""
        if self._is_broken:
            return
        self._has_letters_beyond_ascii |= not chunk.isascii()
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError:
            self._is_broken = True

    def is_utf8(self) -> bool:
        """Return whether all bytes were UTF-8 and some were beyond ASCII."""
        return self._has_letters_beyond_ascii and not self._is_broken


def _chunks(arrival: Path) -> Iterator[bytes]:
    with closing(
        os.fdopen(os.open(arrival, os.O_RDONLY | os.O_NONBLOCK), "rb")
    ) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _gunzipped(arrival: Path) -> Iterator[bytes]:
    limit = max(BOMB_BYTES, BOMB_RATIO * arrival.stat().st_size)
    size = 0
    try:
        with gzip.open(arrival, "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    raise UnreadableFileError(
                        "it unpacks to more than 200 times its size"
                    )
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UnreadableFileError("its gzip is cut or damaged") from None


def _join_line_ends(source: BinaryIO, target: BinaryIO) -> None:
    pending = b""
    while chunk := source.read(CHUNK_BYTES):
        chunk = pending + chunk
        pending = b"\r" if chunk.endswith(b"\r") else b""
        target.write(chunk.removesuffix(b"\r").replace(b"\r\n", b"\n"))
    target.write(pending)
