"""The words between a rendering process and its parent: JSON in frames of known length.

A frame is eight bytes of length and the content. The parent sends a greeting (template
and sender), then chunks of rows; each chunk is answered by a note and the lines.
"""

import base64
import contextlib
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import IO, TypedDict

import orjson

from exporters.errors import TemplateBrokenError
from exporters.messages import Row
from exporters.rejects import Reject
from exporters.rendering import Rendered
from exporters.template_sources import SourceFile, Template
from exporters.unsubscribe import Sender

_LENGTH = struct.Struct(">Q")


class Broken(TypedDict):
    """The parts of a `TemplateBrokenError`."""

    segment: str
    template: str
    file: str
    line: int
    problem: str


class Note(TypedDict):
    """What a worker says about a chunk, before its lines."""

    rows: int
    rejects: list[dict[str, str]]
    left_out: list[dict[str, str]]
    broken: Broken | None


@dataclass(frozen=True)
class Pipe:
    """Two streams of bytes, read and written in frames."""

    source: IO[bytes] | None
    target: IO[bytes] | None

    def send(self, content: bytes) -> None:
        """Write one frame.

        Raises:
            EOFError: there is no other side.

        """
        if self.target is None:
            raise EOFError
        self.target.write(_LENGTH.pack(len(content)))
        self.target.write(content)
        self.target.flush()

    def receive(self) -> bytes:
        """Return the next frame.

        Raises:
            EOFError: the other side ended.

        """
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return self._read(length)

    def close(self) -> None:
        """Close both streams; what was still to be sent has nobody to read it."""
        for stream in (self.source, self.target):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _read(self, length: int) -> bytes:
        content = self.source.read(length) if self.source else b""
        if len(content) < length:
            raise EOFError
        return content


def greeting(template: Template, sender: Sender) -> bytes:
    """Return the first frame: a template and a sender."""
    key = base64.b64encode(sender.key).decode("ascii")
    sender_words = {
        "name": sender.name,
        "postal_address": sender.postal_address,
        "unsubscribe_base_url": sender.unsubscribe_base_url,
        "key": key,
    }
    return orjson.dumps({"template": asdict(template), "sender": sender_words})


def read_greeting(frame: bytes) -> tuple[Template, Sender]:
    """Return the template and the sender of a first frame."""
    words = orjson.loads(frame)
    template, sender = words["template"], words["sender"]
    template["files"] = tuple(SourceFile(**file) for file in template["files"])
    template["blocks"] = tuple(template["blocks"])
    template["columns"] = tuple(template["columns"])
    template["tokens"] = tuple(template["tokens"])
    sender["key"] = base64.b64decode(sender["key"])
    return Template(**template), Sender(**sender)


def ask_rendered(pipe: Pipe, rows: Sequence[Row]) -> Rendered:
    """Send a chunk and return the answer.

    Raises:
        TemplateBrokenError: the other side found the template to be wrong.
        EOFError: the other side ended.

    """
    pipe.send(orjson.dumps(rows))
    note: Note = orjson.loads(pipe.receive())
    if broken := note["broken"]:
        raise TemplateBrokenError(**broken)
    rejects = tuple(Reject(**one) for one in note["rejects"])
    left_out = tuple(Reject(**one) for one in note["left_out"])
    return Rendered(pipe.receive(), note["rows"], rejects, left_out)


def read_rows(frame: bytes) -> list[Row]:
    """Return the rows of a chunk's frame."""
    return [tuple(row) for row in orjson.loads(frame)]


def answer_rendered(pipe: Pipe, rendered: Rendered) -> None:
    """Answer a chunk with its lines."""
    note: Note = {
        "rows": rendered.rows,
        "rejects": [asdict(one) for one in rendered.rejects],
        "left_out": [asdict(one) for one in rendered.left_out],
        "broken": None,
    }
    pipe.send(orjson.dumps(note))
    pipe.send(rendered.lines)


def answer_broken(pipe: Pipe, problem: TemplateBrokenError) -> None:
    """Answer a chunk with the reason why the template is held back."""
    broken: Broken = {
        "segment": problem.segment,
        "template": problem.template,
        "file": problem.file,
        "line": problem.line,
        "problem": problem.problem,
    }
    note: Note = {"rows": 0, "rejects": [], "left_out": [], "broken": broken}
    pipe.send(orjson.dumps(note))
