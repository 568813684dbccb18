"""Files that DuckDB writes into the lake, and Spark's tables of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.building.spark.server import Session, name, text
from orchestration.home.files import private_folder
from orchestration.home.tables import literal


def write_rows(connection: duckdb.DuckDBPyConnection, rows: str, folder: Path) -> None:
    """Write ``rows``, a select, as one Parquet file into ``folder``, emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    connection.execute(
        f"copy ({rows}) to {literal(folder / 'part-0.parquet')} "
        "(format parquet, compression zstd)"
    )


@contextmanager
def new_table(
    session: Session, schema: str, table: str, folder: Path
) -> Iterator[None]:
    """Let the block write files into ``folder``, of which Spark's table is then made.

    What it was before goes first: dropping a table of Spark's own takes its files along.
    """
    session.run([f"drop table if exists {name(schema, table)}"])
    yield
    session.run(
        [f"create table {name(schema, table)} using parquet location {text(folder)}"]
    )
