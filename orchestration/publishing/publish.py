"""Make a finished night visible: database, outbox, state, and last of all CURRENT.

Every move is one rename. Until CURRENT has moved, readers see the night before; a run
that is killed anywhere in here is mended by running the night again.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

import duckdb

from orchestration.arrivals.export_dates import has_arrived
from orchestration.home.files import (
    fsync,
    private_folder,
    publish_file,
    write_atomically,
)
from orchestration.home.leftovers import remove_leftovers
from orchestration.home.published import (
    NothingPublishedError,
    Published,
    holds_everything,
    read_current,
)
from orchestration.home.sends_state import STATES as SENDS_STATES
from orchestration.home.sends_state import write_send_states
from orchestration.home.settings import Settings
from orchestration.home.standings import CHANGES, write_change_states
from orchestration.home.tables import has_table
from orchestration.identity.linkage.model_state import STATE, TABLE
from orchestration.identity.people.ledger_state import STATE_TABLES
from orchestration.predictions.serving.promotion import write_model_state
from orchestration.watching.drift_state import TABLES

READ_ONLY = 0o400
DATABASES_KEPT = 7
# What a night leaves for later ones as it stands in the warehouse, by name of the state.
STATES = {**TABLES, **STATE_TABLES, STATE: TABLE}
RUNS = "runs"
# What DuckDB keeps from night to night by file, beside the warehouse.
BY_FILE = "_deliveries"


class NothingToPublishError(Exception):
    """The export step has not finished, so there is nothing to make visible."""


def publish_night(settings: Settings, night: date, staging: Path) -> Published:
    """Move ``staging`` and a copy of the warehouse into place, then CURRENT if newest.

    Raises:
        NothingToPublishError: the staging folder holds no finished night.
    """
    run_id = staged_run_id(staging, night)
    remove_leftovers(settings)
    name = free_name(settings, staging, f"{night.isoformat()}-{run_id}")
    published = Published(
        night=night.isoformat(),
        run_id=run_id,
        outbox=f"outbox/{RUNS}/{name}",
        database=f"published/{name}.duckdb",
    )
    publish_database(settings, settings.home / published.database)
    write_audience_state(settings, night, staging, name)
    write_states(settings, night, name)
    write_change_states(settings, night, name)
    write_model_state(settings, night, name)
    newest = is_newest(settings, night)
    write_send_states(settings, night, staging, name, is_sent=newest)
    publish_outbox(staging, settings.home / published.outbox)
    point_to(settings.outbox / night.isoformat(), Path(RUNS) / name)
    if newest:
        body = json.dumps(asdict(published), indent=2) + "\n"
        write_atomically(settings.outbox / "CURRENT", body.encode("utf-8"))
    remove_superseded(settings, published)
    return published


def free_name(settings: Settings, staging: Path, name: str) -> str:
    """Return ``name``, with a number behind it where other bytes have that name already.

    The same inputs give the same bytes, so that happens only where somebody changed a
    published file by hand. What readers may be reading is never moved away.
    """
    candidate, number = name, 1
    while (taken := settings.outbox / RUNS / candidate).exists():
        if same_files(staging, taken):
            return candidate
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def staged_run_id(staging: Path, night: date) -> str:
    """Return the run id of a finished staging folder: its manifest is written last."""
    manifest = staging / "manifest.json"
    facts = json.loads(manifest.read_bytes()) if manifest.exists() else {}
    if facts.get("as_of_date") != night.isoformat():
        raise NothingToPublishError(
            f"There is no finished export of {night.isoformat()} to publish. "
            f"Run the night from its start: nightpost run --date {night.isoformat()}."
        )
    return str(facts["run_id"])


def publish_database(settings: Settings, target: Path) -> None:
    """Copy the warehouse's tables to ``target``; views on files would break there.

    What another engine computed is a view on its files here, and a table there. Staging
    is left out: most of it is views on raw files.
    """
    private_folder(target.parent)
    copy = target.with_name(f".tmp-{target.name}")
    shutil.copyfile(settings.warehouse, copy)
    with duckdb.connect(str(copy)) as connection:
        for schema, view in kept_views(connection):
            connection.execute(
                f'create table "{schema}"."_kept" as from "{schema}"."{view}"'
            )
            connection.execute(f'drop view "{schema}"."{view}"')
            connection.execute(f'alter table "{schema}"."_kept" rename to "{view}"')
        for statement in (*drop_views(connection), *drop_staging(connection)):
            connection.execute(statement)
        connection.execute("checkpoint")
    copy.chmod(READ_ONLY)
    publish_file(copy, target)


def kept_views(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the views whose rows are published: those on no raw file and not by file."""
    return connection.execute(
        "select schema_name, view_name from duckdb_views() "
        "where not internal and not starts_with(schema_name, 'raw_') "
        "and schema_name <> 'staging' and not ends_with(view_name, $1) order by all",
        [BY_FILE],
    ).fetchall()


def drop_views(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield the statements that leave nothing but tables."""
    views = connection.execute(
        "select schema_name, view_name from duckdb_views() where not internal order by all"
    ).fetchall()
    for schema, view in views:
        yield f'drop view "{schema}"."{view}"'


def drop_staging(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the statements that leave out what staging holds as tables."""
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'staging' order by all"
    ).fetchall()
    return [f'drop table "staging"."{table}"' for (table,) in tables]


def write_audience_state(
    settings: Settings, night: date, staging: Path, name: str
) -> None:
    """Write what the next night must know: who is in which segment, and who was exported.

    A segment that is held back tonight stays as it was the night before, so that
    tomorrow's entered and left are right. The file is called like the run: the night's
    link in the outbox says which one holds.
    """
    folder = settings.state / "audiences" / f"night={night.isoformat()}"
    target = folder / f"{name}.parquet"
    private_folder(target.parent)
    temporary = target.with_name(f".tmp-{target.name}")
    exported = [path.name for path in sorted((staging / "audiences").glob("*"))]
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        connection.execute(AUDIENCE_STATE, [night, exported, exported, str(temporary)])
    publish_file(temporary, target)


AUDIENCE_STATE = """
copy (
    select
        cast($1 as date) as night, segment, profile_id,
        exclusion_reason is null as is_exported
    from activation.act_eligibility
    where list_contains($2, segment)
    union all
    select cast($1 as date), segment, profile_id, is_exported
    from marts.audience_history
    where not list_contains($3, segment)
    order by segment, profile_id
) to $4 (format parquet, compression zstd, use_tmp_file false)
"""


def write_states(settings: Settings, night: date, name: str) -> None:
    """Write how the night's columns are spread, and what became of its people.

    A night that could not measure its drift leaves none, and later nights do without.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        for state, table in STATES.items():
            folder = settings.state / state / f"night={night.isoformat()}"
            target = folder / f"{name}.parquet"
            if not has_table(connection, table):
                target.unlink(missing_ok=True)
                continue
            private_folder(folder)
            temporary = target.with_name(f".tmp-{target.name}")
            connection.execute(
                f"copy (select cast($1 as date) as night, * from {table} order by all) "
                "to $2 (format parquet, compression zstd, use_tmp_file false)",
                [night, str(temporary)],
            )
            publish_file(temporary, target)


def publish_outbox(staging: Path, target: Path) -> None:
    """Move ``staging`` to ``target``; where the same files are there already, keep those."""
    if target.exists():
        shutil.rmtree(staging)
        return
    private_folder(target.parent)
    staging.rename(target)
    fsync(target.parent)


def same_files(one: Path, other: Path) -> bool:
    """Tell whether two folders hold the same files, byte for byte."""
    names = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    if names != {
        path.relative_to(other) for path in other.rglob("*") if path.is_file()
    }:
        return False
    return all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names
    )


def point_to(link: Path, target: Path) -> None:
    """Make ``link`` a symbolic link to ``target`` by one rename."""
    temporary = link.with_name(f".tmp-{link.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
    fsync(link.parent)


def is_newest(settings: Settings, night: date) -> bool:
    """Tell whether CURRENT may move to ``night``: it only ever moves forward.

    A night of which nothing arrived, and which holds nobody, is no night; where CURRENT
    names one, it may be left.
    """
    try:
        current = date.fromisoformat(read_current(settings).night)
    except NothingPublishedError:
        return True
    return night >= current or (
        holds_everything(settings, current) and not has_arrived(settings.home, current)
    )


def remove_superseded(settings: Settings, published: Published) -> None:
    """Remove other runs of the same night, and databases of nights long gone.

    The outbox of every night stays; the database that CURRENT names always stays.
    """
    current = read_current(settings)
    for run in (settings.outbox / RUNS).glob(f"{published.night}-*"):
        if run.name not in (Path(published.outbox).name, Path(current.outbox).name):
            shutil.rmtree(run)
    for name in ("audiences", *STATES, *CHANGES, *SENDS_STATES):
        for state in (settings.state / name / f"night={published.night}").glob("*"):
            if state.name != f"{Path(published.outbox).name}.parquet":
                state.unlink()
    databases = sorted(settings.published.glob("*.duckdb"))
    kept = {Path(published.database).name, Path(current.database).name}
    newest_nights = sorted({path.name[:10] for path in databases})[-DATABASES_KEPT:]
    for path in databases:
        is_old = (
            path.name[:10] not in newest_nights or path.name[:10] == published.night
        )
        if is_old and path.name not in kept:
            path.unlink()
