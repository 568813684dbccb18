"""The step between staging and facts: what addresses and phones are worth."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.assets.row_counts import ROW_COUNTS
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.identity.cleaning.values import (
    TABLES,
    Cleaned,
    HeldColumn,
    held_columns,
)
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator

SOURCE = "cleaned"
HOLDS = {"emails": "email", "phones": "phone"}
Result = dg.MaterializeResult[None]


def cleaning_assets(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that judges addresses and phones, one asset a kind."""
    columns = held_columns(project.plain["nodes"])

    @dg.multi_asset(
        name="cleaning",
        specs=[table_spec(project, table, columns) for table in TABLES],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def cleaning(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        tonight = night.tonight(project, contracts, context.partition_key)
        for one in steps.clean(tonight):
            yield materialized(one)

    return cleaning


def table_spec(
    project: Project, table: str, columns: tuple[HeldColumn, ...]
) -> dg.AssetSpec:
    """Return the asset of one table, on the staging models whose values it judges."""
    node: dict[str, Any] = project.plain["sources"][
        f"source.nightpost.{SOURCE}.{table}"
    ]
    translator = NightpostTranslator()
    models = {one.model for one in columns if one.holds == HOLDS[table]}
    reads = [f"model.nightpost.{model}" for model in sorted(models)]
    if table == "phones":
        reads.append("seed.nightpost.countries")
    return dg.AssetSpec(
        [SOURCE, table],
        # what is held back by then is not judged
        deps=[
            ROW_COUNTS,
            *(translator.get_asset_key(project.plain["nodes"][one]) for one in reads),
        ],
        group_name="staging",
        description=f"{node['description']}\n\n{node['source_description']}",
        owners=["team:data-engineering"],
        kinds={"duckdb", "python"},
    )


def materialized(cleaned: Cleaned) -> Result:
    """Return the event of one table: counts only, never a value."""
    problems = {f"problem_{name}": count for name, count in cleaned.problems.items()}
    return dg.MaterializeResult(
        asset_key=[SOURCE, cleaned.table],
        metadata={
            "dagster/row_count": cleaned.values,
            "judged_anew": cleaned.judged,
            **problems,
        },
    )
