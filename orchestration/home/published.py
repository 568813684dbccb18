"""What readers may see: CURRENT, the published nights, and a connection to their tables.

The connection reads one database, no file and no network, and cannot be opened up again.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home.settings import Settings

Row = dict[str, Any]


class NothingPublishedError(Exception):
    """No night has been published in this home yet."""


@dataclass(frozen=True)
class Published:
    """What CURRENT names: a night, its run, its outbox and its database (paths in home)."""

    night: str
    run_id: str
    outbox: str
    database: str


def published_nights(settings: Settings) -> list[date]:
    """Return the nights whose outbox is complete, in order.

    A night is a link that is called like a date; what else lies in the outbox is no night.
    """
    if not settings.outbox.exists():
        return []
    complete = [path for path in settings.outbox.iterdir() if is_complete(path)]
    return sorted(night for path in complete if (night := night_called(path.name)))


def is_complete(path: Path) -> bool:
    """Tell whether ``path`` is a night's link and leads to its run."""
    return path.is_symlink() and path.exists()


def night_called(name: str) -> date | None:
    """Return the night of that name; None where it is no date as we write them."""
    try:
        night = date.fromisoformat(name)
    except ValueError:
        return None
    return night if night.isoformat() == name else None


def closed_nights(settings: Settings) -> list[date]:
    """Return the nights that late files can no longer change: audiences of theirs are out.

    A night that had to hold all its audiences back stays open: the consent ledger, or the
    newer export, that it waited for may still come.
    """
    nights = published_nights(settings)
    return [night for night in nights if not holds_everything(settings, night)]


def holds_everything(settings: Settings, night: date) -> bool:
    """Tell from a night's manifest whether it held back all audiences."""
    manifest = json.loads(
        (settings.outbox / night.isoformat() / "manifest.json").read_bytes()
    )
    return not any(file["path"].startswith("audiences/") for file in manifest["files"])


def read_current(settings: Settings) -> Published:
    """Return what readers may see now.

    Raises:
        NothingPublishedError: there is no CURRENT yet.
    """
    pointer = settings.outbox / "CURRENT"
    if not pointer.exists():
        raise NothingPublishedError(
            f"No night has been published in {settings.home}. Run one with `nightpost run`, "
            "or name the home that you mean with --home or NIGHTPOST_HOME."
        )
    return Published(**json.loads(pointer.read_bytes()))


@contextmanager
def locked_down(
    settings: Settings, database: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that reads this one database and nothing else.

    Memory, and what does not fit there, is limited by `segment_memory` of dbt_project.yml.
    """
    memory = settings.variable("segment_memory")
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(f"set memory_limit = '{memory}'")
        connection.execute(f"set max_temp_directory_size = '{memory}'")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


@contextmanager
def in_time(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> Iterator[None]:
    """Interrupt ``connection`` where the block takes longer than `segment_seconds`."""
    seconds = float(settings.variable("segment_seconds"))
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def published_tables(
    settings: Settings,
) -> Iterator[tuple[Published, duckdb.DuckDBPyConnection]]:
    """Yield the published night and a connection that can read it and nothing else.

    Raises:
        NothingPublishedError: no night is published, or its database is gone.
    """
    published = read_current(settings)
    database = settings.home / published.database
    if not database.exists():
        raise NothingPublishedError(
            f"The published database {published.database} is gone. Run the night again: "
            f"nightpost run --date {published.night}."
        )
    with (
        locked_down(settings, database) as connection,
        in_time(settings, connection),
    ):
        yield published, connection


def rows(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    values: Sequence[Any] | Mapping[str, Any] = (),
) -> list[Row]:
    """Return the rows of ``query`` by column name."""
    found = connection.execute(query, values)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
