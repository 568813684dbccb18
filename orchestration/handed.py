"""Arrow tables handed to the engine for a query or two."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa


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
