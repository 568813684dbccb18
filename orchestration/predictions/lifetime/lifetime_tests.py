"""How well lifetime values foretell what came, beside `the same as in the last period`."""

from datetime import date, timedelta

import numpy as np

from orchestration.predictions.lifetime.bgnbd import Floats
from orchestration.predictions.lifetime.lifetime import (
    FEWEST_BUYERS,
    FEWEST_REPEATERS,
    SHORTEST_HISTORY,
    Shop,
    TooFewBuyersError,
    expected_orders,
    likely_orders,
    order_value,
)
from orchestration.predictions.propensity.traits import Traits, group_figures
from orchestration.predictions.serving.cards import CalibrationPoint, ModelCard, Origin
from orchestration.predictions.serving.promotion import TrainedModel, judge, keep

MODEL = "lifetime_value"
DAYS, STEP, ORIGINS = 90, 30, 3
POINTS = 10
FEWEST_CAME = 10


def test_at(shop: Shop, at: date, days: int, known_by: date) -> tuple[Origin, Floats]:
    """Return how the ``days`` after ``at`` were foretold at ``at``, and the pairs.

    The pairs are expected and actual orders per buyer.

    Raises:
        TooFewBuyersError: there is not enough before ``at``, or too little came after.
    """
    model, buyers = shop.fitted(at)
    level = shop.level(at, days)
    plain = expected_orders(model, buyers, days)
    expected = plain * level.orders
    likely = likely_orders(model, buyers, expected)
    came, worth = shop.bought(buyers, days, known_by)
    require(at, days, came, worth)
    last, last_worth = shop.bought(buyers, -days, at)
    value = plain * order_value(model, buyers) * level.worth
    origin = Origin(
        at,
        buyers.people.size,
        {
            **figures(expected, came, value, worth),
            "mae": mean_error(likely, came),
            "mae_of_the_mean": mean_error(expected, came),
            "level": level.orders,
            "level_of_worth": level.worth,
        },
        {
            **figures(last, came, last_worth, worth),
            "mae": mean_error(last, came),
            "mae_of_the_mean": mean_error(last, came),
            # where most order no more, this is hard to beat
            "mae_if_nobody_orders": mean_error(np.zeros_like(came), came),
        },
    )
    return origin, np.column_stack([expected, came])


def require(at: date, days: int, came: Floats, worth: Floats) -> None:
    """Refuse to judge by next to nothing.

    Raises:
        TooFewBuyersError: too few orders came, or they were worth nothing.
    """
    orders = int(came.sum())
    if orders < FEWEST_CAME or worth.sum() <= 0:
        raise TooFewBuyersError(
            f"lifetime values need {FEWEST_CAME} orders, worth something, to be tested by; "
            f"of who had bought by {at}, {orders} came in the {days} days after it, worth "
            f"{worth.sum():.2f}"
        )


def figures(
    foretold: Floats, came: Floats, value: Floats, worth: Floats
) -> dict[str, float]:
    """Return totals and errors of what was foretold per buyer."""
    total = float(came.sum())
    return {
        "orders_foretold": float(foretold.sum()),
        "orders_that_came": total,
        "orders_ratio": float(foretold.sum()) / total,
        "value_ratio": float(value.sum()) / float(worth.sum()),
        "rmse": float(np.sqrt(np.mean((foretold - came) ** 2))),
    }


def mean_error(foretold: Floats, came: Floats) -> float:
    """Return the mean absolute error per buyer."""
    return float(np.abs(foretold - came).mean())


def train_and_judge(
    shop: Shop,
    night: date,
    traits: Traits | None = None,
    everybody: int | None = None,
) -> TrainedModel:
    """Fit the model for ``night``, test it at three origins, and give it its card.

    ``traits`` name the groups in which it is looked at apart, at the newest origin;
    ``everybody`` is how many people there are, who never bought among them.

    Raises:
        TooFewBuyersError: there is not enough to fit or to test on.
    """
    newest = night - timedelta(days=DAYS)
    days = [newest - timedelta(days=STEP * n) for n in range(ORIGINS)]
    tests = [test_at(shop, at, DAYS, night) for at in days]
    model, buyers = shop.fitted(night)
    origins = tuple(origin for origin, _ in tests)
    is_promoted, reason = judge(origins, "mae", lower_is_better=True)
    fitted_on, _ = shop.fitted(newest)
    before = shop.buyers(newest - timedelta(days=DAYS))
    in_training = mean_error(
        likely_orders(fitted_on, before, expected_orders(fitted_on, before, DAYS)),
        shop.bought(before, DAYS, newest)[0],
    )
    card = ModelCard(
        model=MODEL,
        version="",
        night=night,
        data_from=shop.first,
        data_to=night,
        rows=buyers.people.size,
        features=("frequency", "recency", "age", "order value"),
        baseline=f"as many orders as in the {DAYS} days before",
        judged_by="mae",
        origins=origins,
        gap=in_training - origins[0].model["mae"],
        minimum_data=(
            f"{SHORTEST_HISTORY} days of orders, {FEWEST_BUYERS} buyers, "
            f"{FEWEST_REPEATERS} who bought on two days"
        ),
        is_promoted=is_promoted,
        reason=reason,
        fallback_share=(
            1.0 - buyers.people.size / everybody if everybody is not None else None
        ),
        groups=tuple(
            group_figures(
                traits or {},
                shop.fitted(newest)[1].people,
                tests[0][1][:, 0],
                tests[0][1][:, 1],
            )
        ),
        calibration=points(np.concatenate([pairs for _, pairs in tests])),
        notes=(
            "mae is of the likely (median) number of orders, mae_of_the_mean of the "
            "expected one; sums need the expected one",
        ),
    )
    return keep(card, model.as_json())


def points(pairs: Floats) -> tuple[CalibrationPoint, ...]:
    """Return groups of buyers by what was expected of them, and what they did."""
    edges = np.unique(np.quantile(pairs[:, 0], np.linspace(0, 1, POINTS + 1)[1:-1]))
    groups = np.searchsorted(edges, pairs[:, 0], side="left")
    return tuple(
        CalibrationPoint(
            float(pairs[groups == one, 0].mean()),
            float(pairs[groups == one, 1].mean()),
            int((groups == one).sum()),
        )
        for one in np.unique(groups)
    )
