"""The step after facts: who is probably the same person, one asset a table."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.identity.linkage.linkage import (
    SCHEMA,
    TABLES,
    Linked,
)
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator

Result = dg.MaterializeResult[None]


def linkage_assets(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that looks for probable links."""

    @dg.multi_asset(
        name="linkage",
        specs=[table_spec(project, table) for table in TABLES],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def linkage(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        linked = steps.link(night.tonight(project, contracts, context.partition_key))
        for table in TABLES:
            yield dg.MaterializeResult(
                asset_key=[SCHEMA, table],
                metadata=figures(linked) if linked else {"switched_off": True},
            )

    return linkage


def table_spec(project: Project, table: str) -> dg.AssetSpec:
    """Return the asset of one table of the schema `linked`."""
    node: dict[str, Any] = project.plain["sources"][
        f"source.nightpost.{SCHEMA}.{table}"
    ]
    records = project.plain["nodes"]["model.nightpost.int_identity_records"]
    return dg.AssetSpec(
        [SCHEMA, table],
        deps=[NightpostTranslator().get_asset_key(records)],
        group_name="intermediate",
        description=f"{node['description']}\n\n{node['source_description']}",
        owners=["team:data-engineering"],
        kinds={"duckdb", "python"},
    )


def figures(linked: Linked) -> dict[str, int | str | dict[str, int]]:
    """Return what to show of the night's linkage: counts only."""
    return {
        "model": linked.model_id,
        "records": linked.records,
        "compared_anew": linked.compared_anew,
        "new_contents": linked.new_contents,
        "blocks_too_large": dict(linked.skipped),
        "certain_links": linked.certain,
        "clerical_pairs": linked.clerical,
    }
