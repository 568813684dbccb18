"""The step between marts and scores: what the two recommenders would offer."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import duckdb

from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.home.tables import has_table
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator
from orchestration.predictions.recommenders.candidates import (
    COLLABORATIVE,
    CONTENT,
    Known,
    read_known,
    recommend,
)
from orchestration.predictions.recommenders.purchase_drift import score_drift
from orchestration.predictions.recommenders.ranker import Ranker
from orchestration.predictions.recommenders.train import train_models
from orchestration.predictions.serving.promotion import (
    TABLE as TRAINED,
)
from orchestration.predictions.serving.promotion import (
    TrainedModel,
    earlier_models,
    serving,
    why_due,
    write_trained,
)

CANDIDATES = dg.AssetKey(["recommender", "candidates"])
MODELS = (COLLABORATIVE, CONTENT)
READS = (
    "marts.order_lines",
    "marts.web_events",
    "marts.products",
    "marts.offered_products",
    "people.int_personalisation_refused",
)
Result = dg.MaterializeResult[None]


def recommendation_asset(settings: Settings, project: Project) -> dg.AssetsDefinition:
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
        as_of = date.fromisoformat(context.partition_key)
        with duckdb.connect(str(night.settings.warehouse)) as connection:
            yield recommend_night(night.settings, connection, as_of)

    return recommenders


def recommend_night(
    settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: date
) -> Result:
    """Train what is due, write tonight's candidates, and say what serves and why."""
    known = read_known(connection)
    models = serving_models(settings, connection, known, as_of)
    serves = {name: one for name, one in models.items() if one is not None}
    ranker = None
    if COLLABORATIVE in serves:
        ranker = Ranker.from_json(serves[COLLABORATIVE].parameters["ranker"])
    found = recommend(connection, known, ranker, with_content=CONTENT in serves)
    people = {f"people_{name}": count for name, count in found.people.items()}
    cards = {
        f"card_{name}": dg.MetadataValue.json(dict(one.card))
        for name, one in serves.items()
    }
    return dg.MaterializeResult(
        asset_key=CANDIDATES,
        metadata={"dagster/row_count": found.rows, **people, **cards},
    )


def serving_models(
    settings: Settings, connection: duckdb.DuckDBPyConnection, known: Known, as_of: date
) -> dict[str, TrainedModel | None]:
    """Return which model of each recommender serves tonight; trains both when one is due."""
    earlier = {name: earlier_models(settings, name, as_of) for name in MODELS}
    if has_table(connection, TRAINED):
        connection.execute(f"delete from {TRAINED} where model in ?", [list(MODELS)])
    learnt = earlier[COLLABORATIVE]
    drift = score_drift(known.past, learnt[-1].parameters) if learnt else None
    # the other reads the catalogue and learns nothing: only the calendar makes it due
    due = why_due(learnt, as_of, drift) or why_due(earlier[CONTENT], as_of, None)
    tonight = {one.model: one for one in train_models(known, as_of)} if due else {}
    write_trained(connection, tonight.values())
    return {name: serving(earlier[name], tonight.get(name)) for name in MODELS}
