"""The step between the stages marts and scores: train what is due, foretell, look back.

Reads `int_purchases_dated` and `int_deeds_counted`, in which nobody stands who refused
personalisation; writes the tables of `tables.py`. What was foretold on earlier nights is
compared with what came since.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np

from orchestration.drift_state import earlier_states
from orchestration.locks import night_lock
from orchestration.predictions import bgnbd, figures, lifetime_tests, propensity
from orchestration.predictions.bgnbd import Floats
from orchestration.predictions.lifetime import (
    Lifetime,
    Shop,
    TooFewBuyersError,
    expected_orders,
    likely_orders,
    order_value,
)
from orchestration.predictions.logistic import Scorer
from orchestration.predictions.promotion import (
    ON_DEMAND,
    TrainedModel,
    earlier_models,
    serving,
    why_due,
    write_model,
    write_trained,
)
from orchestration.predictions.promotion import (
    TABLE as TRAINED,
)
from orchestration.predictions.propensity import (
    PROPENSITIES,
    Days,
    Propensity,
    TooLittleDataError,
)
from orchestration.predictions.score_drift import bins_of, drift_since
from orchestration.predictions.tables import (
    TABLES,
    add_rows,
    write_empty_predictions,
)
from orchestration.predictions.templates import outcomes_sql, purchases_sql
from orchestration.predictions.traits import Traits, read_traits
from orchestration.settings import Settings

PURCHASES, DEEDS = "intermediate.int_purchases_dated", "intermediate.int_deeds_counted"
LIFETIME = lifetime_tests.MODEL
HORIZONS = (90, 365)
STATE = "predictions"
ONE_YEAR = 365
DIGITS = 6
NOBODY = date.max


@dataclass(frozen=True)
class Served:
    """What became of one model tonight: the one that serves, what was trained, and why."""

    model: str
    horizon: int
    serves: TrainedModel | None
    trained: TrainedModel | None
    reason: str


@dataclass(frozen=True)
class Night:
    """What every model of a night needs."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    as_of: date
    shop: Shop
    days: Days
    traits: Traits


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
    return found


def foretell_nothing(connection: duckdb.DuckDBPyConnection, reason: str) -> None:
    """Write that no model serves tonight, and why; nothing else of the night waits."""
    write_empty_predictions(connection)
    connection.execute(f"drop table if exists {TRAINED}")
    names = [LIFETIME, *PROPENSITIES]
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
    from orchestration.publish import read_current

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


def night_of(
    settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: date
) -> Night:
    """Return what every model of the night ``as_of`` needs."""
    return Night(
        settings,
        connection,
        as_of,
        Shop(connection, PURCHASES, first_day(connection, PURCHASES, "ordered_date")),
        Days(connection, DEEDS, first_day(connection, DEEDS, "deed_date")),
        read_traits(connection, as_of),
    )


def first_day(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> date:
    """Return the first day of a table; the end of time where it is empty."""
    row = connection.execute(f"select min({column}) from {table}").fetchone()
    return row[0] if row and row[0] else NOBODY


def models_of(night: Night) -> Iterator[Served]:
    """Choose, and where it is due train, each model, and write what it foretells."""
    chosen = choose(night, LIFETIME, HORIZONS[0], None, lambda: train_lifetime(night))
    yield write_lifetime(night, chosen) if chosen.serves else chosen
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
    return lifetime_tests.train_and_judge(night.shop, night.as_of)


def train_propensity(night: Night, one: Propensity) -> TrainedModel:
    """Train a propensity on what is known tonight; keep how its scores are spread."""
    if night.days.first == NOBODY:
        raise TooLittleDataError("nobody did anything yet")
    trained = propensity.train_and_judge(night.days, one, night.as_of, night.traits)
    bins = bins_of(scores_of(night, one, trained.parameters))
    return replace(trained, parameters={**trained.parameters, "bins": bins})


def write_lifetime(night: Night, chosen: Served) -> Served:
    """Write what is expected of every buyer; without buyers nobody is told anything."""
    if chosen.serves is None or night.shop.first == NOBODY:
        return chosen
    model = Lifetime.from_json(chosen.serves.parameters)
    buyers = night.shop.buyers(night.as_of)
    expected = {
        days: expected_orders(model, buyers, days) * night.shop.level(night.as_of, days)
        for days in HORIZONS
    }
    worth = order_value(model, buyers)
    wait = np.ceil(bgnbd.median_wait(model.purchasing, buyers.frequency, buyers.age))
    alive = bgnbd.alive(model.purchasing, buyers.frequency, buyers.recency, buyers.age)
    add_rows(
        night.connection,
        "lifetime_values",
        {
            "profile_id": buyers.people.tolist(),
            "probability_alive": rounded(alive),
            "expected_orders_90": rounded(expected[90]),
            "likely_orders_90": likely_orders(model, buyers, expected[90]).tolist(),
            "expected_value_90": rounded(expected[90] * worth),
            "expected_orders_365": rounded(expected[ONE_YEAR]),
            "expected_value_365": rounded(expected[ONE_YEAR] * worth),
            "next_order_days": [
                int(one) if one <= ONE_YEAR else None for one in wait.tolist()
            ],
        },
    )
    keep_predictions(night, LIFETIME, buyers.people.tolist(), rounded(expected[90]))
    return chosen


def write_propensity(night: Night, one: Propensity, model: TrainedModel) -> None:
    """Write the score of everybody who is asked about."""
    if night.days.first == NOBODY:
        return
    known = night.days.asked(one, night.as_of)
    if known.people.size == 0:
        return
    scores = Scorer.from_json(model.parameters["scorer"]).predict(known.features)
    named = [one.name] * known.people.size
    add_rows(
        night.connection,
        "propensities",
        {"profile_id": known.people.tolist(), "model": named, "score": scores.tolist()},
    )
    keep_predictions(night, one.name, known.people.tolist(), scores.tolist())


def keep_predictions(
    night: Night, model: str, people: Sequence[Any], predicted: list[float]
) -> None:
    """Keep what was foretold, for the night on which it can be compared."""
    named = [model] * len(predicted)
    rows = {"model": named, "profile_id": people, "predicted": predicted}
    add_rows(night.connection, "kept", rows)


def rounded(values: Any) -> list[float]:
    """Return numbers rounded to six digits."""
    found: list[float] = np.round(values, DIGITS).tolist()
    return found


def look_back(night: Night) -> None:
    """Compare the newest predictions whose days are over with what came."""
    history = earlier_states(night.settings, STATE, night.as_of)
    horizons = {
        LIFETIME: HORIZONS[0],
        **{p.name: p.days for p in PROPENSITIES.values()},
    }
    for model, days in horizons.items():
        over = [one for one in history if one[0] <= night.as_of - timedelta(days=days)]
        if not over:
            continue
        then, file = over[-1]
        rows = night.connection.execute(
            f"select predicted, coalesce(came.came, 0) from ({came_sql(model, then, night)})"
            " as came right join (select profile_id, predicted from read_parquet(?, "
            "hive_partitioning = false) where model = ?) as kept using (profile_id) "
            "where profile_id not in (select profile_id from "
            "intermediate.int_personalisation_refused) order by profile_id",
            [str(file), model],
        ).fetchall()
        if not rows:
            continue
        predicted, came = np.array(rows, dtype=np.float64).T
        if model in PROPENSITIES and not PROPENSITIES[model].happens:
            came = 1.0 - came
        auc = figures.auc(predicted, np.minimum(came, 1.0))
        add_rows(
            night.connection,
            "outcomes",
            {
                "model": [model],
                "predicted_date": [then],
                "people": [len(rows)],
                "predicted": rounded([predicted.mean()]),
                "observed": rounded([came.mean()]),
                "auc": [None if np.isnan(auc) else round(auc, DIGITS)],
            },
        )


def came_sql(model: str, then: date, night: Night) -> str:
    """Return the query for what came after ``then``: profile_id and came."""
    if model == LIFETIME:
        until = then + timedelta(days=HORIZONS[0])
        query = purchases_sql(PURCHASES, then, until, night.as_of)
        return f"select profile_id, order_count as came from ({query})"
    one = PROPENSITIES[model]
    query = outcomes_sql(DEEDS, one.deed, then, one.days, night.as_of)
    return f"select profile_id, 1 as came from ({query})"
