"""What people said, as a human reads the rows that the sources deliver.

The generator writes each row down twice: as a statement here, for the oracle, and as a
line of a file, for Nightpost. Nothing here knows how a model reads a file.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Flag:
    """One delivered version of a record, with what its opt-out cell says.

    ``is_no`` is None where the version says nothing: the cell is blank, the column is not
    there, or a deletion wrote it. ``contacts`` are the addresses and phones in the row.
    """

    record: str
    is_no: bool | None
    contacts: frozenset[str]
    at: datetime | None
    day: date
    needs_yes: bool = False
    """Whether its no is a refusal only after a yes: a box that nobody ever ticked is none."""


@dataclass(frozen=True)
class Event:
    """One event of an email service: `unsubscribe`, `complaint`, `bounce` or `other`."""

    name: str
    contacts: frozenset[str]
    at: datetime | None
    day: date


@dataclass(frozen=True)
class Refused:
    """A row that could not be read and may be a no; ``source`` may say yes again."""

    source: str
    contacts: frozenset[str]
    day: date


@dataclass(frozen=True)
class Decision:
    """One row of a consent ledger or one purpose of a receipt."""

    is_grant: bool
    contacts: frozenset[str]
    at: datetime | None
    day: date
    channel: str = "email"
    purpose: str = "marketing"
    basis: str = "consent"
    jurisdiction: str = "GB"
    confirmed_at: datetime | None = None


Statement = Flag | Event | Refused | Decision


@dataclass(frozen=True)
class Person:
    """Somebody, with every address and phone that is theirs."""

    addresses: tuple[str, ...]
    phone: str
