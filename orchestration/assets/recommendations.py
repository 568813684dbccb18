"""The step between marts and scores: what the two recommenders would offer."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator
from orchestration.predictions.recommenders.recommend import Recommended

CANDIDATES = dg.AssetKey(["recommender", "candidates"])
READS = (
    "marts.order_lines",
    "marts.web_events",
    "marts.products",
    "marts.offered_products",
    "people.int_personalisation_refused",
)
Result = dg.MaterializeResult[None]


def recommendation_asset(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that trains the recommenders when due, and asks them."""
    source: dict[str, Any] = project.plain["sources"][
        "source.nightpost.recommender.candidates"
    ]
    translator = NightpostTranslator()
    nodes = project.plain["nodes"]
    names = [one.partition(".")[2] for one in READS]
    spec = dg.AssetSpec(
        CANDIDATES,
        deps=[translator.get_asset_key(nodes[f"model.nightpost.{n}"]) for n in names],
        group_name="marts",
        description=f"{source['description']}\n\n{source['source_description']}",
        owners=["team:analytics"],
        kinds={"duckdb", "python"},
    )

    @dg.multi_asset(
        name="recommenders",
        specs=[spec],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def recommenders(
        context: dg.AssetExecutionContext, night: Night
    ) -> Iterator[Result]:
        yield recommended(
            steps.recommend(night.tonight(project, contracts, context.partition_key))
        )

    return recommenders


def recommended(found: Recommended) -> Result:
    """Return the step's event: counts, and the card of each model that serves."""
    people = {f"people_{name}": count for name, count in found.people.items()}
    cards = {
        f"card_{name}": dg.MetadataValue.json(dict(one.card))
        for name, one in found.serves.items()
    }
    return dg.MaterializeResult(
        asset_key=CANDIDATES,
        metadata={"dagster/row_count": found.rows, **people, **cards},
    )
