"""Files that DuckDB writes into the lake, and Spark's tables of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from orchestration.files import private_folder
from orchestration.readers import literal
from orchestration.spark.server import name, text


def write_rows(connection: duckdb.DuckDBPyConnection, rows: str, folder: Path) -> None:
    """Write ``rows``, a select, as one Parquet file into ``folder``, emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder)
    connection.execute(
        f"copy ({rows}) to {literal(folder / 'part-0.parquet')} "
        "(format parquet, compression zstd)"
    )


def table_statements(schema: str, table: str, folder: Path) -> Iterator[str]:
    """Yield the statements that make a table of Spark of the files in ``folder``."""
    yield f"drop table if exists {name(schema, table)}"
    yield f"create table {name(schema, table)} using parquet location {text(folder)}"
