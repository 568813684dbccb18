"""The step between facts and marts: who is who tonight, with the ids of the nights before."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.identity.night_steps import held_people
from orchestration.identity.people.people_tables import SCHEMA, TABLES
from orchestration.identity.people.settling import (
    Settled,
)
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator

# What the step reads besides `linked.probable_links`, which a project may do without.
READS = (
    "model.nightpost.int_components",
    "model.nightpost.int_identifiers_linked",
    "model.nightpost.int_identifiers_trusted",
    "model.nightpost.int_identifiers_unioned",
    "model.nightpost.int_orders_unioned",
    "seed.nightpost.exchange_rates",
    "seed.nightpost.identifier_types",
    "seed.nightpost.identity_decisions",
)
LINKS = "source.nightpost.linked.probable_links"
Result = dg.MaterializeResult[None]


def people_assets(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that gives every cluster its id, one asset a table."""

    @dg.multi_asset(
        name="people",
        specs=[table_spec(project, table) for table in TABLES],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def people(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        settled = steps.settle(night.tonight(project, contracts, context.partition_key))
        for entry in held_people(settled):
            context.log.warning(entry.reason)
        yield from materialized(settled)

    return people


def table_spec(project: Project, table: str) -> dg.AssetSpec:
    """Return the asset of one table of the schema `people`."""
    node: dict[str, Any] = project.plain["sources"][
        f"source.nightpost.{SCHEMA}.{table}"
    ]
    translator = NightpostTranslator()
    deps = [translator.get_asset_key(project.plain["nodes"][one]) for one in READS]
    if links := project.plain["sources"].get(LINKS):
        deps.append(translator.get_asset_key(links))
    return dg.AssetSpec(
        [SCHEMA, table],
        deps=deps,
        group_name="intermediate",
        description=f"{node['description']}\n\n{node['source_description']}",
        owners=["team:data-engineering"],
        kinds={"duckdb", "python"},
    )


def materialized(settled: Settled) -> Iterator[Result]:
    """Yield the event of every table: counts only."""
    events = {f"event_{event}": count for event, count in settled.events.items()}
    for table in TABLES:
        metadata: dict[str, int] = {}
        if table == "identifiers":
            metadata = {
                "people": settled.people,
                "links_not_joined": settled.not_joined,
            }
        if table == "changes":
            metadata = events
        if table == "frozen":
            metadata = {"clusters": len(settled.frozen), "new_hubs": len(settled.hubs)}
        yield dg.MaterializeResult(asset_key=[SCHEMA, table], metadata=metadata)
