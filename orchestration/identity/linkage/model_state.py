"""Which linkage model serves a night: the newest that a night before it left, or its own.

A night of which no earlier one left a model fits one to its own records, and so does one
that has several times the records that the newest was fitted to. It stands in
`linked.linkage_models`, which publication copies into `state/linkage_models`.
"""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from orchestration.identity.linkage.linkage_model import LinkageModel, read_model

STATE, TABLE = "linkage_models", "linked.linkage_models"
# A table that has grown by so much is fitted anew.
GROWN = 2.0


def earlier_model(
    connection: duckdb.DuckDBPyConnection, history: Sequence[tuple[date, Path]]
) -> LinkageModel | None:
    """Return the newest model of the files ``history``, if any.

    Raises:
        ModelDamagedError: it cannot be read.
    """
    if not history:
        return None
    _, path = max(history)
    rows = connection.execute(
        "select model from read_parquet(?, hive_partitioning = false)", [str(path)]
    ).fetchall()
    return read_model(rows[0][0])


def is_outgrown(model: LinkageModel, records: int) -> bool:
    """Tell whether ``records`` are so many more than ``model`` knew that it is fitted anew."""
    return records >= GROWN * max(1, int(model.evaluation.get("records", 0)))


def write_model(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel | None
) -> None:
    """Write what this night leaves: the model that it fitted itself, or nothing."""
    connection.execute("create schema if not exists linked")
    connection.execute(f"drop table if exists {TABLE}")
    if model is None:
        return
    connection.execute(f"create table {TABLE} (model_id varchar, model varchar)")
    text = json.dumps(model.plain(), sort_keys=True, ensure_ascii=False)
    connection.execute(f"insert into {TABLE} values (?, ?)", [model.model_id, text])
