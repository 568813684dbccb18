"""The step between the marts and the scores: train the recommenders when due, and ask them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.home.settings import Settings
from orchestration.home.tables import has_table
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
from orchestration.predictions.serving.promotion import TABLE as TRAINED
from orchestration.predictions.serving.promotion import (
    TrainedModel,
    earlier_models,
    serving,
    why_due,
    write_trained,
)

MODELS = (COLLABORATIVE, CONTENT)


@dataclass(frozen=True)
class Recommended:
    """How many candidates were written, for how many people, and which models serve."""

    rows: int
    people: Mapping[str, int]
    serves: Mapping[str, TrainedModel]


def recommend_night(
    settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: date
) -> Recommended:
    """Train what is due, write tonight's candidates, and say what serves and why."""
    known = read_known(connection)
    models = serving_models(settings, connection, known, as_of)
    serves = {name: one for name, one in models.items() if one is not None}
    ranker, window = None, None
    if COLLABORATIVE in serves:
        parameters = serves[COLLABORATIVE].parameters
        ranker, window = Ranker.from_json(parameters["ranker"]), parameters["window"]
    found = recommend(
        connection, known, ranker, window=window, with_content=CONTENT in serves
    )
    return Recommended(found.rows, found.people, serves)


def serving_models(
    settings: Settings, connection: duckdb.DuckDBPyConnection, known: Known, as_of: date
) -> dict[str, TrainedModel | None]:
    """Return which model of each recommender serves tonight; trains both when one is due."""
    earlier = {name: earlier_models(settings, name, as_of) for name in MODELS}
    if has_table(connection, TRAINED):
        connection.execute(f"delete from {TRAINED} where model in ?", [list(MODELS)])
    learnt = earlier[COLLABORATIVE]
    drift = None
    if learnt:
        parameters = learnt[-1].parameters
        drift = score_drift(known.past_in(parameters["window"]), parameters)
    # the other reads the catalogue and learns nothing: only the calendar makes it due
    due = why_due(learnt, as_of, drift) or why_due(earlier[CONTENT], as_of, None)
    tonight = {one.model: one for one in train_models(known, as_of)} if due else {}
    write_trained(connection, tonight.values())
    return {name: serving(earlier[name], tonight.get(name)) for name in MODELS}
