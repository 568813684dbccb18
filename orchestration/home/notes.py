"""What the steps of one night tell each other: what was held back or must be said, and why.

A small file beside the warehouse, so that a night which is taken up again after a failure
still knows. Holds names and sentences, never rows.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from orchestration.home.files import private_folder, write_atomically
from orchestration.home.settings import Settings


@dataclass(frozen=True, order=True)
class Held:
    """One thing held back: a `source`, `segment`, `template`, `audiences` or `people`."""

    kind: str
    name: str
    reason: str


@dataclass(frozen=True, order=True)
class Notice:
    """One thing that a reader of the night should know, though it stopped nothing.

    ``code`` names its kind, ``count`` how many rows, people or files it is about, and
    ``command`` shows more.
    """

    code: str
    sentence: str
    count: int
    command: str


def start_notes(settings: Settings, night: date) -> None:
    """Begin the notes of ``night``, forgetting those of any other run."""
    write_notes(settings, night, (), ())


def add_held(settings: Settings, night: date, held: Iterable[Held]) -> None:
    """Add to what is held back; saying the same twice says it once."""
    known = sorted({*read_held(settings, night), *held})
    write_notes(settings, night, known, read_told(settings, night))


def add_notices(settings: Settings, night: date, notices: Iterable[Notice]) -> None:
    """Add to what the night has to say: only what the same night would say again."""
    told = sorted({*read_told(settings, night), *notices})
    write_notes(settings, night, read_held(settings, night), told)


def read_held(settings: Settings, night: date) -> tuple[Held, ...]:
    """Return what ``night`` holds back so far, sorted."""
    return tuple(Held(**entry) for entry in read_notes(settings, night, "held"))


def read_told(settings: Settings, night: date) -> tuple[Notice, ...]:
    """Return what the steps of ``night`` had to say so far, sorted."""
    return tuple(Notice(**entry) for entry in read_notes(settings, night, "notices"))


def read_notes(settings: Settings, night: date, kind: str) -> list[dict[str, Any]]:
    """Return one list of the notes of ``night``; those of another night are nothing."""
    if not settings.notes.exists():
        return []
    notes = json.loads(settings.notes.read_bytes())
    if notes["night"] != night.isoformat():
        return []
    entries: list[dict[str, Any]] = notes.get(kind, [])
    return entries


def write_notes(
    settings: Settings, night: date, held: Iterable[Held], told: Iterable[Notice]
) -> None:
    """Write the notes of ``night``."""
    private_folder(settings.notes.parent)
    notes = {
        "night": night.isoformat(),
        "held": [asdict(entry) for entry in held],
        "notices": [asdict(entry) for entry in told],
    }
    write_atomically(settings.notes, json.dumps(notes, indent=2).encode("utf-8"))
