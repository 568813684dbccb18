"""Write what the models that serve foretell tonight, and keep it to be compared."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestration.predictions.inputs import HORIZONS, LIFETIME, NOBODY, Night, rounded
from orchestration.predictions.lifetime import bgnbd
from orchestration.predictions.lifetime.lifetime import (
    Lifetime,
    expected_orders,
    likely_orders,
    order_value,
)
from orchestration.predictions.prediction_tables import add_rows
from orchestration.predictions.propensity.logistic import Scorer
from orchestration.predictions.propensity.propensity import Propensity
from orchestration.predictions.serving.promotion import TrainedModel

ONE_YEAR = 365


def write_lifetime(night: Night, serves: TrainedModel) -> None:
    """Write what is expected of every buyer; without buyers nobody is told anything.

    Raises:
        TooFewBuyersError: the model gives a buyer no finite number; nothing is written.
    """
    if night.shop.first == NOBODY:
        return
    model = Lifetime.from_json(serves.parameters)
    buyers = night.shop.buyers(night.as_of)
    plain = {days: expected_orders(model, buyers, days) for days in HORIZONS}
    level = {days: night.shop.level(night.as_of, days) for days in HORIZONS}
    expected = {days: plain[days] * level[days].orders for days in HORIZONS}
    of_one = order_value(model, buyers)
    value = {days: plain[days] * of_one * level[days].worth for days in HORIZONS}
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
            "expected_value_90": rounded(value[90]),
            "expected_orders_365": rounded(expected[ONE_YEAR]),
            "expected_value_365": rounded(value[ONE_YEAR]),
            "next_order_days": [
                int(one) if one <= ONE_YEAR else None for one in wait.tolist()
            ],
        },
    )
    keep_predictions(night, LIFETIME, buyers.people.tolist(), rounded(expected[90]))


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
