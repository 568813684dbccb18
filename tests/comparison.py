"""Two homes of one night, relation by relation: of two engines, or before and after a change."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

ON_DUCKDB, ON_SPARK = ("nightpost", "nightpost_history"), ("spark",)
BUILT = (
    "reference",
    "clock",
    "staging",
    "intermediate",
    "marts",
    "segments",
    "activation",
)
# What one name of a type means on the other engine, and what neither can confuse.
SAME_KIND = {
    "TINYINT": "integer", "SMALLINT": "integer", "INTEGER": "integer", "BIGINT": "integer",
    "HUGEINT": "integer", "UBIGINT": "integer", "UINTEGER": "integer",
}  # fmt: skip


def attach_both(on_duckdb: Path, on_spark: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that sees both warehouses; views on raw files work in it."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for home, name in ((on_duckdb, "nightpost"), (on_spark, "spark")):
        path = home / "warehouse" / "nightpost.duckdb"
        connection.execute(f"attach '{path}' as {name} (read_only)")
    history = on_duckdb / "warehouse" / "nightpost_history.duckdb"
    connection.execute(f"attach '{history}' as nightpost_history (read_only)")
    return connection


def relations(
    connection: duckdb.DuckDBPyConnection, databases: Sequence[str]
) -> dict[str, str]:
    """Return every table and view that dbt built, `schema.name`, and where it is."""
    found = connection.execute(
        "select table_schema || '.' || table_name, table_catalog "
        "from information_schema.tables "
        "where list_contains($1, table_catalog) and list_contains($2, table_schema) "
        "and not ends_with(table_name, '__files')",
        [list(databases), list(BUILT)],
    ).fetchall()
    return {str(name): str(database) for name, database in found}


def differences(
    connection: duckdb.DuckDBPyConnection, homes: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """Return per relation that differs how: columns, kinds or rows.

    ``homes`` maps it to the databases that hold it, the first home's and the second's.
    """
    found = {}
    for name, databases in sorted(homes.items()):
        ours, theirs = (columns(connection, one, name) for one in databases)
        if ours != theirs:
            odd = {one: (ours.get(one), theirs.get(one)) for one in ours | theirs}
            odd = {one: pair for one, pair in odd.items() if pair[0] != pair[1]}
            found[name] = f"columns (first, second): {odd}"
        elif counts := differing_rows(connection, name, databases, list(ours)):
            found[name] = counts
    return found


def columns(
    connection: duckdb.DuckDBPyConnection, database: str, name: str
) -> dict[str, str]:
    """Return each column's kind; whole numbers of any width are one kind."""
    schema, _, table = name.partition(".")
    rows = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_catalog = $1 and table_schema = $2 and table_name = $3",
        [database, schema, table],
    ).fetchall()
    return {column: kind_of(str(kind)) for column, kind in rows}


def kind_of(data_type: str) -> str:
    """Return the kind of a type: decimals by their scale, whole numbers by nothing."""
    if data_type.startswith("DECIMAL"):
        scale = data_type.rstrip(")").rpartition(",")[2]
        return "integer" if scale == "0" else f"decimal of {scale}"
    return SAME_KIND.get(data_type, data_type)


def differing_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    databases: tuple[str, str],
    named: Sequence[str],
) -> str:
    """Return how many rows only one of the homes has; empty where none."""
    listed = ", ".join(f'"{column}"' for column in named)
    counts = []
    for one, other in (databases, databases[::-1]):
        row = connection.execute(
            f"select count(*) from (select {listed} from {one}.{name} "
            f"except all select {listed} from {other}.{name})"
        ).fetchone()
        counts.append(int(row[0]) if row else 0)
    if counts == [0, 0]:
        return ""
    return f"{counts[0]} row(s) only in the first, {counts[1]} only in the second"
