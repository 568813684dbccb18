"""The same models on any table of orders: what they would have foretold, and what came."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.predictions.lifetime import lifetime_tests
from orchestration.predictions.lifetime.lifetime import Shop, TooFewBuyersError
from orchestration.predictions.proof.order_files import OrderFile, read_orders
from orchestration.predictions.propensity import propensity
from orchestration.predictions.propensity.propensity import (
    PROPENSITIES,
    Days,
    Propensity,
    TooLittleDataError,
)
from orchestration.predictions.serving import figures
from orchestration.predictions.serving.cards import Origin, rounded, summarise
from orchestration.predictions.serving.promotion import mean

ORIGINS = 3
SHORTEST_HORIZON = 7


class CannotEvaluateError(Exception):
    """The table has too little in it; the message says what is missing."""


def evaluate_ltv(
    path: Path, columns: Mapping[str, str], days: int | None, split: date | None
) -> dict[str, Any]:
    """Return expected against actual orders of a table, at three origins or at ``split``.

    Without ``days`` the holdout has 90, or a quarter of a history shorter than a year.

    Raises:
        OrdersRefusedError: the file or its mapping cannot be used.
        CannotEvaluateError: there is too little before the holdout.
    """
    with duckdb.connect() as connection:
        found = read_orders(connection, path, columns)
        horizon = days or holdout_days(found, split, lifetime_tests.DAYS)
        shop = Shop(connection, "orders", found.first)
        tests = []
        skipped = {}
        for at in origins(found, horizon, split):
            try:
                tests.append(lifetime_tests.test_at(shop, at, horizon, found.last)[0])
            except TooFewBuyersError as error:
                skipped[at] = str(error)
        if not tests:
            raise CannotEvaluateError(nothing(skipped))
        parameters = shop.fitted(tests[0].at)[0].as_json()
    more = {"parameters": rounded(parameters), "gates": gates(tests)}
    return report(found, horizon, tests, skipped, more)


def gates(tests: Sequence[Origin]) -> dict[str, Any]:
    """Return what the model had to beat in mae, and whether it did in the mean.

    A night asks for the first of them alone.
    """
    model = mean([one.model["mae"] for one in tests])
    asked = {
        "the same as last period": mean([one.baseline["mae"] for one in tests]),
        "nobody orders": mean([one.baseline["mae_if_nobody_orders"] for one in tests]),
    }
    return {
        name: {"mae": model, "baseline_mae": other, "is_passed": model < other}
        for name, other in asked.items()
    }


def evaluate_propensity(
    path: Path, columns: Mapping[str, str], days: int | None, split: date | None
) -> dict[str, Any]:
    """Return order and calibration of the propensity to buy, beside recency alone.

    Without ``days`` it is to buy within 30, or an eighth of a short history.

    Raises:
        OrdersRefusedError: the file or its mapping cannot be used.
        CannotEvaluateError: there is too little before the holdout.
    """
    with duckdb.connect() as connection:
        found = read_orders(connection, path, columns)
        one = fitting(PROPENSITIES["buy_30"], found, days)
        features = Days(connection, "deeds", found.first)
        tests = []
        skipped = {}
        for at in origins(found, one.days, split):
            try:
                tests.append(propensity.test_at(features, one, at, found.last))
            except TooLittleDataError as error:
                skipped[at] = str(error)
        if not tests:
            raise CannotEvaluateError(nothing(skipped))
    points = figures.calibration(tests[0].scores, tests[0].happened)
    return report(
        found,
        one.days,
        [test.origin for test in tests],
        skipped,
        {
            "calibration": [
                rounded([p.predicted, p.observed, float(p.rows)]) for p in points
            ]
        },
    )


def fitting(one: Propensity, found: OrderFile, days: int | None) -> Propensity:
    """Return the propensity with a horizon that the history allows."""
    span = (found.last - found.first).days
    horizon = days or max(SHORTEST_HORIZON, min(one.days, span // 8))
    return replace(one, days=horizon, lookback=min(one.lookback, max(horizon, 1)))


def holdout_days(found: OrderFile, split: date | None, usual: int) -> int:
    """Return how many days are tested: all after ``split``, else the usual number."""
    if split is not None:
        return max((found.last - split).days, 1)
    span = (found.last - found.first).days
    return min(usual, max(span // 4, SHORTEST_HORIZON))


def origins(found: OrderFile, days: int, split: date | None) -> list[date]:
    """Return the days at which is tested, the newest first.

    Raises:
        CannotEvaluateError: ``split`` leaves nothing before it, or nothing after it.
    """
    if split is not None:
        if not found.first <= split < found.last:
            raise CannotEvaluateError(
                f"--split {split} lies outside the orders, which go from {found.first} to "
                f"{found.last}. Give a day from the first to the one before the last."
            )
        after = (found.last - split).days
        if days > after:
            raise CannotEvaluateError(
                f"Of the {days} days after --split {split}, the orders hold {after}. Give "
                f"an earlier day, or --days {after}."
            )
        return [split]
    newest = found.last - timedelta(days=days)
    return [newest - timedelta(days=min(30, days) * n) for n in range(ORIGINS)]


def nothing(skipped: Mapping[date, str]) -> str:
    """Return the sentence for days at none of which could be tested: the newest's."""
    at, problem = max(skipped.items())
    return (
        f"Nothing can be tested at {at} or before: {problem}. Give a --split after which "
        "there are orders, or a longer history."
    )


def report(
    found: OrderFile,
    days: int,
    tests: Sequence[Origin],
    skipped: Mapping[date, str],
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """Return everything as plain JSON: each test, and mean and spread over them."""
    plain = {
        "data": found.sentence(),
        "holdout_days": days,
        "origins": [
            {
                "at": one.at.isoformat(),
                "people": one.rows,
                "model": dict(one.model),
                "baseline": dict(one.baseline),
            }
            for one in tests
        ],
        "not_tested": {at.isoformat(): skipped[at] for at in sorted(skipped)},
        "holdout": {
            "model": summarise([one.model for one in tests]),
            "baseline": summarise([one.baseline for one in tests]),
        },
        **more,
    }
    found_plain: dict[str, Any] = rounded(plain)
    return found_plain
