"""Whether what nights keep from each other is still what the raw zone says.

A published night is built once more from the raw zone alone, in a folder of its own,
without anything that earlier nights have kept: no processed files, no judged values, no
counts. Then every table is compared with the published one, all rows and all columns.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.integrity import find_damaged
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.building.dbt import parse_project
from orchestration.building.memory import write_memory
from orchestration.home.files import private_folder
from orchestration.home.fingerprints import code_digest
from orchestration.home.locks import night_lock
from orchestration.home.notes import Held, add_held, start_notes
from orchestration.home.published import read_current
from orchestration.home.sends_state import sends_file
from orchestration.home.settings import Settings, computed_by, export_environment
from orchestration.home.tables import identifier, literal
from orchestration.steps import STEPS, Tonight, run_steps

KEPT_BETWEEN_NIGHTS = ("_counts", "_tmp")
# How far scores moved is measured against the state of other nights, at publication; staging
# is not published.
NOT_COMPARED = ("drift", "staging")


class CannotVerifyError(Exception):
    """There is no published night that can be built once more."""


@dataclass(frozen=True)
class Difference:
    """A table that is not the same: rows that only one of the two has."""

    table: str
    only_published: int
    only_rebuilt: int

    def sentence(self) -> str:
        """Return what to tell a person; a table that one side lacks has no counts."""
        if self.only_published < 0:
            return f"  {self.table}: only one of the two has it"
        return (
            f"  {self.table}: {self.only_published:,} rows only published, "
            f"{self.only_rebuilt:,} only rebuilt"
        )


@dataclass(frozen=True)
class Verification:
    """What was compared, and what differs.

    Where files of the raw zone are ``damaged``, a sentence each, nothing can be compared.
    """

    night: date
    tables: int
    rows: int
    differences: tuple[Difference, ...]
    damaged: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether all is as it was."""
        return not self.differences and not self.damaged

    def sentence(self) -> str:
        """Return what to tell a person."""
        if self.damaged:
            return "\n".join(self.damaged)
        compared = f"{self.tables} tables with {self.rows:,} rows"
        if not self.differences:
            return (
                f"Night {self.night.isoformat()}: {compared} are the same, built from "
                "the raw zone alone."
            )
        lines = [
            f"Night {self.night.isoformat()}: of {compared}, these are not what the raw "
            "zone gives. Run `nightpost reprocess` over their dates, then verify again."
        ]
        lines += [one.sentence() for one in self.differences]
        return "\n".join(lines)


def verify_night(settings: Settings, night: date | None = None) -> Verification:
    """Build ``night`` (default: the newest published) from the raw zone and compare.

    Raises:
        CannotVerifyError: the night's database is gone, or the rules have changed since.
        NothingPublishedError: nothing was ever published.
        NightRunningError: a night is running on this home.
    """
    with night_lock(settings.home, wait=False):
        published, manifest = _published(settings, night)
        as_of = date.fromisoformat(manifest["as_of_date"])
        contracts = read_contracts(settings.project_dir)
        tables = [(one.source, one.table) for one in contracts]
        if damaged := find_damaged(settings.home, tables):
            return Verification(as_of, 0, 0, (), damaged)
        if manifest["code_sha256"] != code_digest(settings):
            raise CannotVerifyError(
                f"The rules have changed since night {manifest['as_of_date']} was "
                "published. Run it again with `nightpost run`, then verify it."
            )
        held = [Held(**entry) for entry in manifest["held_back"]]
        with _scratch(settings) as scratch:
            _build(scratch, as_of, [one for one in held if one.kind == "source"])
            found = _compare(as_of, published, scratch.warehouse)
            return replace(
                found,
                differences=(
                    *found.differences,
                    *_compare_sends(settings, as_of, scratch.warehouse),
                ),
            )


def _published(settings: Settings, night: date | None) -> tuple[Path, Any]:
    """Return the database and the manifest of a published night."""
    name = night.isoformat() if night else read_current(settings).night
    outbox = settings.outbox / name
    if not outbox.exists():
        raise CannotVerifyError(f"Night {name} is not published.")
    database = settings.published / f"{outbox.resolve().name}.duckdb"
    if not database.exists():
        raise CannotVerifyError(
            f"The database of night {name} is no longer kept. Verify a newer night."
        )
    manifest = json.loads((outbox / "manifest.json").read_bytes())
    return database, manifest


@contextmanager
def _scratch(settings: Settings) -> Iterator[Settings]:
    """Yield a home that shares the raw zone and the state, and nothing that was kept."""
    folder = settings.home / f".verify-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    scratch = replace(settings, home=folder)
    private_folder(folder / "raw")
    for entry in sorted((settings.home / "raw").iterdir()):
        if entry.name not in KEPT_BETWEEN_NIGHTS:
            (folder / "raw" / entry.name).symlink_to(entry)
    for name in ("state", "outbox", "keys"):
        (folder / name).symlink_to(settings.home / name)
    try:
        export_environment(scratch)
        # whatever computed the night, DuckDB checks it, on this machine
        with computed_by("duckdb"):
            yield scratch
    finally:
        export_environment(settings)
        shutil.rmtree(folder, ignore_errors=True)


def _build(settings: Settings, night: date, held: list[Held]) -> None:
    """Build the warehouse of ``night``, up to its audiences."""
    contracts = read_contracts(settings.project_dir)
    project = parse_project(settings)
    start_notes(settings, night)
    add_held(settings, night, held)
    with duckdb.connect(str(settings.warehouse)) as connection:
        write_raw_views(connection, settings.home, contracts, night)
        write_memory(connection, settings, night)
    tonight = Tonight(settings, project, contracts, night)
    run_steps(tonight, [step for step in STEPS if step.is_from_raw])


def _compare(night: date, published: Path, rebuilt: Path) -> Verification:
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(published)} as published (read_only)")
        connection.execute(f"attach {literal(rebuilt)} as rebuilt (read_only)")
        tables = _tables(connection, "published")
        differences = [
            Difference(table, -1, -1)
            for table in sorted(set(tables) ^ set(_tables(connection, "rebuilt")))
        ]
        rows = 0
        for table, columns in sorted(tables.items()):
            if any(one.table == table for one in differences):
                continue
            rows += _count(connection, f"published.{table}")
            missing, added = (
                _count(
                    connection,
                    f"(select {columns} from {left}.{table} except all "
                    f"select {columns} from {right}.{table})",
                )
                for left, right in (("published", "rebuilt"), ("rebuilt", "published"))
            )
            if missing or added:
                differences.append(Difference(table, missing, added))
    return Verification(night, len(tables), rows, tuple(differences))


def _compare_sends(
    settings: Settings, night: date, rebuilt: Path
) -> Iterator[Difference]:
    """Yield whether the newest night's state of mails holds what is not in its plan.

    What an older night sent stays as it was when it was the newest.
    """
    current = read_current(settings)
    name = Path(current.outbox).name
    file = sends_file(settings, night, name)
    if current.night != night.isoformat() or not file.exists():
        return
    columns = "message_id, profile_id, segment, kind, channel, template, send_at"
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(rebuilt)} as rebuilt (read_only)")
        strange = _count(
            connection,
            f"(select {columns} from read_parquet({literal(file)}) except all "
            f"select {columns} from rebuilt.activation.act_send_plan where is_planned)",
        )
    if strange:
        yield Difference("state/sends", strange, 0)


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    """Return per table its columns, by name and in one order."""
    found: dict[str, list[str]] = {}
    for schema, table, column in connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where database_name = ? and not list_contains(?, schema_name) and table_oid in "
        "(select table_oid from duckdb_tables() where database_name = ?) "
        "order by all",
        [database, list(NOT_COMPARED), database],
    ).fetchall():
        name = f"{identifier(schema)}.{identifier(table)}"
        found.setdefault(name, []).append(identifier(column))
    return {name: ", ".join(columns) for name, columns in found.items()}


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0
