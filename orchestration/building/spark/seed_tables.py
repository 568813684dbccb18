"""The seeds as Parquet in the lake: read as dbt reads them, typed as dbt-duckdb types them.

As files and not as `insert … values`, because Spark logs its statements, and a seed may
name identifiers of people.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import agate
import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.impl import DuckDBAdapter
from dbt_common.clients import agate_helper

from orchestration.building.spark.lake import write_rows
from orchestration.home.tables import handed, identifier


class SeedRefusedError(Exception):
    """A seed cannot be used; the message names it."""


def write_seed(
    connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any], folder: Path
) -> None:
    """Write a seed, a node of dbt's manifest, as one Parquet file into ``folder``.

    Raises:
        SeedRefusedError: a value is not of the type that its column states.
    """
    seed = read_seed(node)
    texts = pa.table(
        {
            column.name: pa.array([none_or_text(one) for one in column], pa.string())
            for column in seed.columns
        }
    )
    cast = ", ".join(
        f"cast({identifier(column)} as {kind}) as {identifier(column)}"
        for column, kind in column_kinds(node, seed).items()
    )
    try:
        with handed(connection, seed=texts):
            write_rows(connection, f"select {cast} from seed", folder)
    except duckdb.ConversionException:
        raise SeedRefusedError(
            f"A value in {node['original_file_path']} is not of the type that the yml "
            "beside it states for its column. Mend one of the two."
        ) from None


def read_seed(node: Mapping[str, Any]) -> agate.Table:
    """Return a seed as dbt reads it: columns with a stated type as text, others guessed."""
    return agate_helper.from_csv(
        str(Path(node["root_path"]) / node["original_file_path"]),
        text_columns=node["config"]["column_types"],
        delimiter=node["config"]["delimiter"],
    )


def column_kinds(node: Mapping[str, Any], seed: agate.Table) -> dict[str, str]:
    """Return the type of each column, stated or guessed."""
    stated = node["config"]["column_types"]
    return {
        column: stated.get(column) or DuckDBAdapter.convert_type(seed, index)
        for index, column in enumerate(seed.column_names)
    }


def none_or_text(value: object) -> str | None:
    """Return a value as it stands in the file."""
    return None if value is None else str(value)
