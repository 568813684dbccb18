"""Read the published night's tables for a look at people. Nothing in here logs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from orchestration.publish import NothingPublishedError, Published, read_current
from orchestration.segment_rows import in_time, locked_down
from orchestration.settings import Settings

Row = dict[str, Any]


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


def has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Tell whether ``schema.table`` is there; a night without the step has it not."""
    schema, _, name = table.partition(".")
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?",
        [schema, name],
    ).fetchone()
    return bool(found and found[0])
