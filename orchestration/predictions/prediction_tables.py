"""The tables that the step between the stages marts and scores leaves in the warehouse."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.home.tables import handed

SCHEMA = "predictions"
# What publication copies into the state, to be compared with what comes.
KEPT = f"{SCHEMA}.kept"
TABLES: Mapping[str, Mapping[str, str]] = {
    "served_models": {
        "model": "varchar", "horizon_days": "integer", "model_version": "varchar",
        "trained_date": "date", "reason": "varchar", "card": "varchar",
    },
    "lifetime_values": {
        "profile_id": "varchar", "probability_alive": "double",
        "expected_orders_90": "double", "likely_orders_90": "double",
        "expected_value_90": "double", "expected_orders_365": "double",
        "expected_value_365": "double", "next_order_days": "integer",
    },
    "propensities": {"profile_id": "varchar", "model": "varchar", "score": "double"},
    "outcomes": {
        "model": "varchar", "predicted_date": "date", "people": "integer",
        "predicted": "double", "observed": "double", "auc": "double",
    },
    "judged_scores": {
        "model": "varchar", "model_version": "varchar", "verdict": "varchar",
        "reason": "varchar", "card": "varchar",
    },
    "kept": {"model": "varchar", "profile_id": "varchar", "predicted": "double"},
}  # fmt: skip


def write_empty_predictions(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the tables of this step without rows, so that what reads them compiles."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for table, columns in TABLES.items():
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create or replace table {SCHEMA}.{table} ({listed})")


def add_rows(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Mapping[str, Sequence[Any]]
) -> None:
    """Append columns of equal length, in any order, to a table of this step."""
    names = list(TABLES[table])
    listed = pa.table({name: pa.array(list(rows[name])) for name in names})
    with handed(connection, rows_to_add=listed):
        connection.execute(f"insert into {SCHEMA}.{table} select * from rows_to_add")
