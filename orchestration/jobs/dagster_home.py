"""Dagster's own folder in a home: its storage, and the repository's dagster.yaml."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from orchestration.home.files import private_folder
from orchestration.home.settings import Settings

DAGSTER_YAML = Path(__file__).parent / "dagster.yaml"


def prepare_dagster_home(settings: Settings) -> Path:
    """Make sure Dagster finds the repository's dagster.yaml in this home, and return it."""
    folder = private_folder(settings.dagster_home)
    target = folder / "dagster.yaml"
    if not target.exists() or target.read_bytes() != DAGSTER_YAML.read_bytes():
        shutil.copyfile(DAGSTER_YAML, target)
    return folder


@contextlib.contextmanager
def storage_kept_open(settings: Settings) -> Iterator[None]:
    """Keep Dagster's databases open while the block runs.

    Dagster opens and closes them for every event, and SQLite folds its write-ahead log
    back into the database whenever the last connection closes: hundreds of times a night.
    A connection that stays open spares that; it neither reads nor writes anything.

    Nor does SQLite wait for the disk at every event: a killed process loses nothing by
    that, a power cut at most the run's last lines, and the night's own files are
    synced before they count.
    """
    if not event.contains(Engine, "connect", _wait_for_no_disk):
        event.listen(Engine, "connect", _wait_for_no_disk)
    with contextlib.ExitStack() as kept:
        for path in sorted(settings.dagster_home.rglob("*.db")):
            connection = kept.enter_context(contextlib.closing(sqlite3.connect(path)))
            connection.execute("select count(*) from sqlite_master").fetchone()
        yield


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    """Set up a new connection of SQLAlchemy's, where it is one to SQLite."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = normal")
