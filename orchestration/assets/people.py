"""The step between facts and marts: who is who tonight, with the ids of the nights before."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import duckdb

from orchestration.building.dbt import Project
from orchestration.home.notes import Held, add_held
from orchestration.home.settings import Settings
from orchestration.identity.people.people_tables import SCHEMA, TABLES
from orchestration.identity.people.settling import (
    Rules,
    Settled,
    read_rules,
    settle_people,
)
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator
from orchestration.watching.drift_state import earlier_states

STATE = "people"
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


def people_assets(settings: Settings, project: Project) -> dg.AssetsDefinition:
    """Return the step that gives every cluster its id, one asset a table."""
    rules = read_rules(settings.variables)

    @dg.multi_asset(
        name="people",
        specs=[table_spec(project, table) for table in TABLES],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def people(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        as_of = date.fromisoformat(context.partition_key)
        settled = settle_night(night.settings, as_of, rules)
        held = held_people(settled)
        add_held(night.settings, as_of, held)
        for entry in held:
            context.log.warning(entry.reason)
        yield from materialized(settled)

    return people


def settle_night(settings: Settings, as_of: date, rules: Rules) -> Settled:
    """Settle who is who in the warehouse, over what earlier nights left.

    Raises:
        PeopleError: the engine refused, or the ledger contradicts itself.
    """
    history = earlier_states(settings, STATE, as_of)
    with duckdb.connect(str(settings.warehouse)) as connection:
        return settle_people(connection, as_of, history, rules)


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


def held_people(settled: Settled) -> list[Held]:
    """Return a sentence for what the brake froze, one a limit; ids and counts only."""
    by_limit: dict[str, list[int]] = {}
    for one in settled.frozen:
        by_limit.setdefault(one.limit_name, []).append(one.size)
    held = [
        Held("people", limit, frozen_sentence(limit, sizes))
        for limit, sizes in sorted(by_limit.items())
    ]
    if settled.hubs:
        held.append(
            Held(
                "people",
                "shared_values",
                f"{len(settled.hubs)} value(s) that too many people share tie nobody "
                f"together (first: {settled.hubs[0]}). Look at marts/profile_identifiers "
                "and list them in seeds/reference/untrusted_identifiers.csv.",
            )
        )
    return held


def frozen_sentence(limit: str, sizes: list[int]) -> str:
    """Return what was frozen by ``limit``, how large it was and what to do next."""
    if limit.endswith("_per_person"):
        return (
            f"{len(sizes)} cluster(s) of up to {max(sizes)} identifiers of one type are "
            f"beyond {limit} and stay as they were. Find the value that ties them in "
            "people.frozen and list it in seeds/reference/untrusted_identifiers.csv, or "
            "raise the limit in seeds/reference/identifier_types.csv."
        )
    return (
        f"Tonight's merges of {sum(sizes)} people are beyond {limit} and wait: everybody "
        "stays who they were. Look at people.frozen; if it is right, raise "
        "identity_brake_* in dbt_project.yml and run the night again."
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
