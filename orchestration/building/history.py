"""What nights keep from each other by file: forgetting a window of it.

The tables are written by the materialization `by_file` of the dbt project; a file that is
forgotten is processed again by the next night that may know it, and no other is.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.home.locks import night_lock
from orchestration.home.settings import Settings
from orchestration.home.tables import identifier

FILES_SUFFIX = "__files"


@dataclass(frozen=True)
class Forgotten:
    """How many files of how many models are to be processed again."""

    files: int
    models: int


def forget_window(settings: Settings, first: date, last: date) -> Forgotten:
    """Forget what was processed of the files exported from ``first`` to ``last``.

    Raises:
        NightRunningError: a night is running on this home.
    """
    if not settings.history.exists():
        return Forgotten(0, 0)
    forgotten: set[str] = set()
    models = 0
    with (
        night_lock(settings.home, wait=False),
        duckdb.connect(str(settings.history)) as connection,
    ):
        connection.execute("begin")
        for schema, name in _file_tables(connection):
            files = f"{identifier(schema)}.{identifier(name)}"
            table = files.replace(FILES_SUFFIX, "")
            # a file's id is <source>.<table>/<export date>/<hash>
            window = "split_part(file_id, '/', 2) between ? and ?"
            days = [first.isoformat(), last.isoformat()]
            found = connection.execute(
                f"delete from {files} where {window} returning file_id", days
            ).fetchall()
            connection.execute(f"delete from {table} where {window}", days)
            forgotten.update(file_id for (file_id,) in found)
            models += bool(found)
        connection.execute("commit")
    return Forgotten(len(forgotten), models)


def _file_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where suffix(table_name, ?) order by all",
        [FILES_SUFFIX],
    ).fetchall()
    return [(str(schema), str(name)) for schema, name in rows]
