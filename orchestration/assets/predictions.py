"""The step between marts and scores: models are trained when due, and foretell."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator
from orchestration.predictions.nightly import (
    Served,
)
from orchestration.predictions.prediction_tables import KEPT, SCHEMA, TABLES
from orchestration.predictions.proof.calibration_plots import plot_calibration

READS = (
    "int_purchases_dated",
    "int_deeds_counted",
    "int_personalisation_refused",
    "int_scores_attributed",
    "profiles",
)
SERVED = dg.AssetKey([SCHEMA, "served_models"])
JUDGED = "judged_scores"
Result = dg.MaterializeResult[None]


def prediction_assets(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that trains and foretells, one asset a table."""
    tables = [table for table in TABLES if f"{SCHEMA}.{table}" != KEPT]

    @dg.multi_asset(
        name="models",
        specs=[table_spec(project, table) for table in tables],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def models(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        tried = steps.predict(night.tonight(project, contracts, context.partition_key))
        if tried.reason:
            context.log.warning(tried.reason)
        with duckdb.connect(str(night.settings.warehouse)) as connection:
            for table in tables:
                metadata: dict[str, Any] = {
                    "dagster/row_count": rows(connection, table)
                }
                if table == SERVED.path[-1]:
                    metadata |= served_metadata(tried.found or ())
                if table == JUDGED:
                    metadata |= judged_metadata(connection)
                yield dg.MaterializeResult(asset_key=[SCHEMA, table], metadata=metadata)

    return models


def table_spec(project: Project, table: str) -> dg.AssetSpec:
    """Return the asset of one table, on the models that it is learnt from."""
    node: dict[str, Any] = project.plain["sources"][
        f"source.nightpost.{SCHEMA}.{table}"
    ]
    translator = NightpostTranslator()
    nodes = project.plain["nodes"]
    return dg.AssetSpec(
        [SCHEMA, table],
        deps=[translator.get_asset_key(nodes[f"model.nightpost.{n}"]) for n in READS],
        group_name="marts",
        description=f"{node['description']}\n\n{node['source_description']}",
        owners=["team:analytics"],
        kinds={"duckdb", "python"},
    )


def rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return the rows of one of the step's tables."""
    found = connection.execute(f"select count(*) from {SCHEMA}.{table}").fetchone()
    return int(found[0]) if found else 0


def served_metadata(found: tuple[Served, ...]) -> dict[str, Any]:
    """Return which model serves and why, its card, and its calibration as a picture."""
    metadata: dict[str, Any] = {}
    for one in found:
        metadata[f"{one.model} serves"] = one.serves.version if one.serves else "none"
        metadata[f"{one.model} because"] = one.reason
        newest = one.trained or one.serves
        if newest is None:
            continue
        metadata[f"{one.model} card"] = dg.MetadataValue.json(dict(newest.card))
        if one.trained and (picture := plot_calibration(newest.card)):
            body = base64.b64encode(picture).decode("ascii")
            metadata[f"{one.model} calibration"] = dg.MetadataValue.md(
                f"![calibration](data:image/png;base64,{body})"
            )
    return metadata


def judged_metadata(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return of each model made elsewhere the verdict, why, and its card."""
    rows = connection.execute(
        f"select model, reason, card from {SCHEMA}.{JUDGED} order by model"
    ).fetchall()
    metadata: dict[str, Any] = {}
    for model, reason, card in rows:
        metadata[f"{model} because"] = reason
        metadata[f"{model} card"] = dg.MetadataValue.json(json.loads(card))
    return metadata
