"""Questions to the night's warehouse, without quoting its values when one fails.

DuckDB's errors can hold the value that they stumbled over, so only their kind is
passed on, and they are not chained.
"""

from collections.abc import Sequence

import duckdb

from exporters.errors import MissingColumnsError, WarehouseUnreadableError

Row = tuple[object, ...]
"""One row of an answer, in the order of the columns asked for."""


def ask(
    connection: duckdb.DuckDBPyConnection,
    about: str,
    sql: str,
    values: Sequence[object] = (),
) -> duckdb.DuckDBPyConnection:
    """Run ``sql`` on a cursor of its own and return the cursor.

    Raises:
        WarehouseUnreadableError: DuckDB refused; ``about`` opens the sentence.

    """
    kind = ""
    try:
        return connection.cursor().execute(sql, list(values))
    except duckdb.Error as problem:
        kind = type(problem).__name__
    raise _unreadable(about, kind)


def fetch(cursor: duckdb.DuckDBPyConnection, about: str, count: int) -> list[Row]:
    """Return up to ``count`` further rows, none when the answer is at its end.

    Raises:
        WarehouseUnreadableError: DuckDB refused; ``about`` opens the sentence.

    """
    kind = ""
    try:
        return cursor.fetchmany(count)
    except duckdb.Error as problem:
        kind = type(problem).__name__
    raise _unreadable(about, kind)


def answer(
    connection: duckdb.DuckDBPyConnection,
    about: str,
    sql: str,
    values: Sequence[object] = (),
) -> list[Row]:
    """Return all rows of a small answer.

    Raises:
        WarehouseUnreadableError: DuckDB refused; ``about`` opens the sentence.

    """
    cursor = ask(connection, about, sql, values)
    rows: list[Row] = []
    while some := fetch(cursor, about, 10_000):
        rows.extend(some)
    return rows


def column_types(
    connection: duckdb.DuckDBPyConnection, about: str, table: str
) -> dict[str, str]:
    """Return the columns of ``activation.<table>`` and their types, in order.

    Raises:
        WarehouseUnreadableError: there is no such table.

    """
    rows = answer(connection, about, f"describe activation.{table}")
    return {str(row[0]): str(row[1]) for row in rows}


def require_columns(
    connection: duckdb.DuckDBPyConnection,
    about: str,
    table: str,
    needed: Sequence[str],
) -> None:
    """Check that ``activation.<table>`` has every column of ``needed``.

    Raises:
        MissingColumnsError: it lacks some; the sentence names them.
        WarehouseUnreadableError: there is no such table.

    """
    missing = sorted(set(needed) - set(column_types(connection, about, table)))
    if missing:
        raise MissingColumnsError(
            f"{about}: activation.{table} lacks {', '.join(missing)}. "
            "Add the columns to the model, or take the export back."
        )


def _unreadable(about: str, kind: str) -> WarehouseUnreadableError:
    return WarehouseUnreadableError(
        f"{about}: DuckDB could not read the activation tables ({kind}). "
        "Build the models of dbt_project/models/activation and run the night again."
    )
