"""A template as it lies on disk: which files it has, and where each was found.

A template is a folder of ``templates/``. What it does not hold itself is taken from
``templates/_shared``, so a layout, a macro or a block can be used by many and replaced
by one. Nothing is compiled here.
"""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exporters.cells import checked_segment
from exporters.errors import TemplateBrokenError

DEFAULT = "default"
"""The template of segments that have none of their own."""

SHARED = "_shared"
LIST_FILE = "template.toml"
ROLES = (
    "subject.j2",
    "preheader.j2",
    "layout.html.j2",
    "layout.text.j2",
    "macros.html.j2",
    "macros.text.j2",
)
KINDS = ("html", "text")


@dataclass(frozen=True)
class SourceFile:
    """One file: its role in the template, its path below ``templates/``, its text."""

    role: str
    path: str
    source: str


@dataclass(frozen=True)
class Template:
    """The sources of one segment's message, checked against the columns at hand.

    ``blocks`` are names in the order of the message; ``tokens`` those that a payload
    holds although no file uses them; ``sha256`` covers every file.
    """

    segment: str
    name: str
    blocks: tuple[str, ...]
    files: tuple[SourceFile, ...]
    columns: tuple[str, ...]
    sha256: str
    tokens: tuple[str, ...] = ()

    def file(self, role: str) -> SourceFile:
        """Return the file that plays ``role``, for example ``subject.j2``."""
        return next(one for one in self.files if one.role == role)


def template_name(folder: Path, segment: str) -> str:
    """Return which folder's template a segment's mail is made of: its own or the default."""
    return segment if (folder / segment).is_dir() else DEFAULT


def block_role(block: str, kind: str) -> str:
    """Return the role of a block's file; ``kind`` is html or text."""
    return f"blocks/{block}.{kind}.j2"


def read_template(folder: Path, segment: str, columns: Sequence[str]) -> Template:
    """Read the template of ``segment`` below ``folder``, or the default one.

    Raises:
        BadSegmentNameError: ``segment`` cannot name a folder.
        TemplateBrokenError: a file is missing, unreadable, or not listed.

    """
    checked_segment(segment)
    name = template_name(folder, segment)
    reader = _Reader(folder, segment, name)
    listing = reader.read(f"{name}/{LIST_FILE}")
    blocks = reader.blocks(listing)
    tokens = reader.tokens(listing)
    roles = [*ROLES, *(block_role(block, kind) for block in blocks for kind in KINDS)]
    files = tuple(reader.find(role) for role in roles)
    digest = hashlib.sha256(listing.encode())
    for file in files:
        digest.update(f"\0{file.path}\0{file.source}".encode())
    sha256 = digest.hexdigest()
    return Template(segment, name, blocks, files, tuple(columns), sha256, tokens)


class _Reader:
    """Finds and reads files of one template; its errors know where they are."""

    def __init__(self, folder: Path, segment: str, name: str) -> None:
        self.folder = folder
        self.segment = segment
        self.name = name

    def broken(self, file: str, problem: str) -> TemplateBrokenError:
        return TemplateBrokenError(self.segment, self.name, file, 0, problem)

    def read(self, path: str) -> str:
        problem = ""
        try:
            return (self.folder / path).read_text(encoding="utf-8")
        except OSError as refusal:
            problem = f"cannot be read ({refusal.strerror})."
        except UnicodeDecodeError:
            problem = "is not UTF-8 text; save it as UTF-8."
        raise self.broken(path, problem)

    def find(self, role: str) -> SourceFile:
        for place in (self.name, SHARED):
            path = f"{place}/{role}"
            if (self.folder / path).is_file():
                return SourceFile(role, path, self.read(path))
        raise self.broken(
            f"{self.name}/{role}",
            f"is missing; write it here, or in {SHARED}/ for every template.",
        )

    def blocks(self, listing: str) -> tuple[str, ...]:
        file = f"{self.name}/{LIST_FILE}"
        try:
            listed = tomllib.loads(listing).get("blocks")
        except tomllib.TOMLDecodeError as refusal:
            raise self.broken(file, f"is not TOML: {refusal}.") from None
        if not isinstance(listed, list) or not listed:
            raise self.broken(file, 'lists no blocks; write blocks = ["greeting"].')
        for block in listed:
            checked_block = isinstance(block, str) and block.isidentifier()
            if not checked_block or block != block.lower() or listed.count(block) > 1:
                raise self.broken(
                    file, "each block is one lower-case word, and stands there once."
                )
        self._refuse_unlisted(listed, file)
        return tuple(listed)

    def tokens(self, listing: str) -> tuple[str, ...]:
        listed = tomllib.loads(listing).get("tokens", [])
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            return tuple(listed)
        file = f"{self.name}/{LIST_FILE}"
        raise self.broken(file, 'tokens is no list; write tokens = ["city"].')

    def _refuse_unlisted(self, listed: list[str], file: str) -> None:
        found = (self.folder / self.name / "blocks").glob("*.j2")
        unlisted = sorted({one.name.split(".")[0] for one in found} - set(listed))
        if unlisted:
            names = ", ".join(unlisted)
            raise self.broken(file, f"does not list {names}; list it or delete it.")
