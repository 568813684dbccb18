"""Names, texts and Arrow tables, as they are handed to the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa


def identifier(name: str) -> str:
    """Return ``name`` quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Return ``text`` as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


@contextmanager
def handed(connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Iterator[None]:
    """Let queries read these tables by their names, until the block ends."""
    for name, table in tables.items():
        end_result(connection)
        connection.register(name, table)
    yield
    for name in tables:
        end_result(connection)
        connection.unregister(name)


def end_result(connection: duckdb.DuckDBPyConnection) -> None:
    """End what a `fetchone` left open.

    DuckDB 2 streams results, and refuses to register tables or to make relations while
    one has rows left, or may have: after any `fetchone`.
    """
    connection.execute("select 0").fetchall()


def has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Tell whether ``schema.table`` is there; a night without the step has it not."""
    schema, _, name = table.partition(".")
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?",
        [schema, name],
    ).fetchone()
    return bool(found and found[0])
