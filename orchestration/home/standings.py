"""What nights keep of where people stood: the changes of a night, a file each.

A night that changed nothing leaves an empty file; where somebody stands is what the newest
change before the night says.
"""

from datetime import date
from pathlib import Path

import duckdb

from orchestration.home.files import private_folder, publish_file
from orchestration.home.settings import Settings
from orchestration.home.tables import literal

# State and source table, and the mart that holds the changes of all nights.
CHANGES = {
    "lifecycle_changes": "marts.lifecycle_changes",
    "rfm_changes": "marts.rfm_changes",
    "send_hour_changes": "marts.send_hour_changes",
}
COLUMNS = {
    "night": "date",
    "profile_id": "varchar",
    "previous_value": "varchar",
    "value": "varchar",
}


def write_change_views(
    connection: duckdb.DuckDBPyConnection, home: Path, night: date, schema: str
) -> None:
    """Write one view per state over the changes of published nights before ``night``."""
    for name in CHANGES:
        files = earlier_files(home.resolve(), name, night)
        if files:
            listed = ", ".join(literal(file) for file in files)
            select = (
                f"select {', '.join(COLUMNS)} "
                f"from read_parquet([{listed}], hive_partitioning = false)"
            )
        else:
            nulls = [f"null::{kind} as {column}" for column, kind in COLUMNS.items()]
            select = f"select {', '.join(nulls)} where false"
        connection.execute(f"create or replace view {schema}.{name} as {select}")


def earlier_files(home: Path, name: str, night: date) -> list[Path]:
    """Return the files of the state ``name`` that published nights before ``night`` left.

    A night's link in the outbox names its run, and so its file.
    """
    found = []
    for folder in sorted((home / "state" / name).glob("night=*")):
        day = folder.name.partition("=")[2]
        file = folder / f"{(home / 'outbox' / day).resolve().name}.parquet"
        if file.exists() and date.fromisoformat(day) < night:
            found.append(file)
    return found


def write_change_states(settings: Settings, night: date, name: str) -> None:
    """Write tonight's changes into the state; ``name`` is the run's.

    A night whose marts were not built leaves nothing.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        for state, mart in CHANGES.items():
            folder = settings.state / state / f"night={night.isoformat()}"
            target = folder / f"{name}.parquet"
            if not _exists(connection, mart):
                target.unlink(missing_ok=True)
                continue
            private_folder(folder)
            temporary = target.with_name(f".tmp-{target.name}")
            connection.execute(
                f"copy (select {', '.join(COLUMNS)} from {mart} where night = $1 "
                "order by profile_id) to $2 "
                "(format parquet, compression zstd, use_tmp_file false)",
                [night, str(temporary)],
            )
            publish_file(temporary, target)


def changes_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Return one sha256 over what the night knows of earlier changes."""
    parts = [
        f"select '{name}' as state, {', '.join(COLUMNS)} from raw_nightpost.{name}"
        for name in CHANGES
        if _exists(connection, f"raw_nightpost.{name}")
    ]
    if not parts:
        return ""
    row = connection.execute(
        "select sha256(coalesce(string_agg(line, '' order by line), '')) from ("
        f"select sha256(cast(one as varchar)) as line from ({' union all '.join(parts)})"
        " as one)"
    ).fetchone()
    return str(row[0] if row else "")


def _exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Tell whether the warehouse has the table or view ``schema.name``."""
    row = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_schema || '.' || table_name = ?",
        [name],
    ).fetchone()
    return bool(row and row[0])
