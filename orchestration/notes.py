"""What the steps of one night tell each other: what was held back, and why.

A small file beside the warehouse, so that a night which is taken up again after a failure
still knows. Holds names and sentences, never rows.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from orchestration.files import private_folder, write_atomically
from orchestration.settings import Settings


@dataclass(frozen=True, order=True)
class Held:
    """One thing held back: a `source`, `segment`, `template`, `audiences` or `people`."""

    kind: str
    name: str
    reason: str


def start_notes(settings: Settings, night: date) -> None:
    """Begin the notes of ``night``, forgetting those of any other run."""
    write_notes(settings, night, ())


def add_held(settings: Settings, night: date, held: Iterable[Held]) -> None:
    """Add to what is held back; saying the same twice says it once."""
    write_notes(settings, night, sorted({*read_held(settings, night), *held}))


def read_held(settings: Settings, night: date) -> tuple[Held, ...]:
    """Return what ``night`` holds back so far, sorted."""
    if not settings.notes.exists():
        return ()
    notes = json.loads(settings.notes.read_bytes())
    if notes["night"] != night.isoformat():
        return ()
    return tuple(Held(**entry) for entry in notes["held"])


def write_notes(settings: Settings, night: date, held: Iterable[Held]) -> None:
    """Write the notes of ``night``."""
    private_folder(settings.notes.parent)
    notes = {"night": night.isoformat(), "held": [asdict(entry) for entry in held]}
    write_atomically(settings.notes, json.dumps(notes, indent=2).encode("utf-8"))
