"""The step between the stages marts and scores: train what is due, foretell, look back.

Reads `int_purchases_dated` and `int_deeds_counted`, in which nobody stands who refused
personalisation; writes the tables of `prediction_tables.py`. What was foretold on earlier
nights is compared with what came since.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import duckdb

from orchestration.home.locks import night_lock
from orchestration.home.settings import Settings
from orchestration.predictions.elsewhere import judge_elsewhere
from orchestration.predictions.foretelling import write_lifetime, write_propensity
from orchestration.predictions.inputs import HORIZONS, LIFETIME, NOBODY, Night, night_of
from orchestration.predictions.lifetime import lifetime_tests
from orchestration.predictions.lifetime.bgnbd import Floats
from orchestration.predictions.lifetime.lifetime import TooFewBuyersError
from orchestration.predictions.outcomes import look_back
from orchestration.predictions.prediction_tables import (
    TABLES,
    add_rows,
    write_empty_predictions,
)
from orchestration.predictions.propensity import propensity
from orchestration.predictions.propensity.logistic import Scorer
from orchestration.predictions.propensity.propensity import (
    PROPENSITIES,
    Propensity,
    TooLittleDataError,
)
from orchestration.predictions.serving.promotion import (
    ON_DEMAND,
    TrainedModel,
    earlier_models,
    forget_trained,
    serving,
    why_due,
    write_model,
    write_trained,
)
from orchestration.predictions.serving.score_drift import bins_of, drift_since


@dataclass(frozen=True)
class Served:
    """What became of one model tonight: the one that serves, what was trained, and why."""

    model: str
    horizon: int
    serves: TrainedModel | None
    trained: TrainedModel | None
    reason: str


def foretell_night(
    settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: date
) -> tuple[Served, ...]:
    """Write everything that is foretold tonight, and return what became of each model.

    Raises:
        duckdb.Error: the warehouse lacks a table of the stage marts.
    """
    write_empty_predictions(connection)
    night = night_of(settings, connection, as_of)
    found = tuple(models_of(night))
    forget_trained(connection, [one.model for one in found])
    write_trained(connection, [one.trained for one in found if one.trained])
    add_rows(
        connection,
        "served_models",
        {
            "model": [one.model for one in found],
            "horizon_days": [one.horizon for one in found],
            "model_version": [
                one.serves.version if one.serves else None for one in found
            ],
            "trained_date": [one.serves.night if one.serves else None for one in found],
            "reason": [one.reason for one in found],
            "card": [
                json.dumps(one.serves.card, sort_keys=True) if one.serves else None
                for one in found
            ],
        },
    )
    look_back(night)
    judge_elsewhere(night)
    return found


def foretell_nothing(connection: duckdb.DuckDBPyConnection, reason: str) -> None:
    """Write that no model serves tonight, and why; nothing else of the night waits."""
    write_empty_predictions(connection)
    names = [LIFETIME, *PROPENSITIES]
    forget_trained(connection, names)
    horizons = [HORIZONS[0], *(one.days for one in PROPENSITIES.values())]
    rows: dict[str, list[Any]] = {
        name: [None] * len(names) for name in TABLES["served_models"]
    }
    rows |= {"model": names, "horizon_days": horizons, "reason": [reason] * len(names)}
    add_rows(connection, "served_models", rows)


def train_again(settings: Settings, model: str) -> TrainedModel:
    """Train ``model`` on the published night, for the nights after it, and keep it.

    Raises:
        KeyError: there is no such model.
        NothingPublishedError: there is no night to train on.
        NightRunningError: a night is running on this home.
        TooFewBuyersError, TooLittleDataError: there is not enough to train on.
    """
    from orchestration.home.published import read_current

    one = None if model == LIFETIME else PROPENSITIES[model]
    with night_lock(settings.home, wait=False):
        published = read_current(settings)
        as_of = date.fromisoformat(published.night)
        database = str(settings.home / published.database)
        with duckdb.connect(database, read_only=True) as connection:
            night = night_of(settings, connection, as_of)
            trained = train_propensity(night, one) if one else train_lifetime(night)
        write_model(settings, trained, ON_DEMAND)
    return trained


def models_of(night: Night) -> Iterator[Served]:
    """Choose, and where it is due train, each model, and write what it foretells."""
    chosen = choose(night, LIFETIME, HORIZONS[0], None, lambda: train_lifetime(night))
    if chosen.serves:
        try:
            write_lifetime(night, chosen.serves)
        except TooFewBuyersError as error:
            chosen = replace(chosen, serves=None, reason=f"Not served: {error}.")
    yield chosen
    for one in PROPENSITIES.values():
        chosen = choose(
            night,
            one.name,
            one.days,
            drift_of(night, one),
            lambda one=one: train_propensity(night, one),  # type: ignore[misc]
        )
        if chosen.serves:
            write_propensity(night, one, chosen.serves)
        yield chosen


def choose(
    night: Night,
    model: str,
    horizon: int,
    drift: float | None,
    train: Callable[[], TrainedModel],
) -> Served:
    """Return which version serves, having trained one where it is due."""
    earlier = earlier_models(night.settings, model, night.as_of)
    due = why_due(earlier, night.as_of, drift)
    trained, problem = None, None
    if due:
        try:
            trained = train()
        except (TooFewBuyersError, TooLittleDataError) as error:
            problem = str(error)
    serves = serving(earlier, trained)
    if problem is None and serves is None:
        newest = trained or earlier[-1]
        problem = str(newest.card["reason"])
    reason = str(serves.card["reason"]) if serves else str(problem)
    if trained is not None:
        reason = f"{reason} Trained tonight: {due}."
    return Served(model, horizon, serves, trained, reason)


def drift_of(night: Night, one: Propensity) -> float | None:
    """Return how far scores moved since the newest training of a propensity."""
    earlier = earlier_models(night.settings, one.name, night.as_of)
    if not earlier or night.days.first == NOBODY:
        return None
    newest = earlier[-1].parameters
    return drift_since(newest["bins"], scores_of(night, one, newest))


def scores_of(
    night: Night, one: Propensity, parameters: Mapping[str, Any]
) -> Mapping[str, Floats]:
    """Return tonight's scores of everybody who is asked about."""
    known = night.days.asked(one, night.as_of)
    scorer = Scorer.from_json(parameters["scorer"])
    return {"score": scorer.predict(known.features)}


def train_lifetime(night: Night) -> TrainedModel:
    """Train lifetime values on what is known tonight."""
    if night.shop.first == NOBODY:
        raise TooFewBuyersError("there are no orders")
    return lifetime_tests.train_and_judge(
        night.shop, night.as_of, night.traits, night.everybody()
    )


def train_propensity(night: Night, one: Propensity) -> TrainedModel:
    """Train a propensity on what is known tonight; keep how its scores are spread."""
    if night.days.first == NOBODY:
        raise TooLittleDataError("nobody did anything yet")
    trained = propensity.train_and_judge(night.days, one, night.as_of, night.traits)
    bins = bins_of(scores_of(night, one, trained.parameters))
    return replace(trained, parameters={**trained.parameters, "bins": bins})
