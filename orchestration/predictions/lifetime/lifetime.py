"""What buyers will order and be worth: BG/NBD for how often, Gamma-Gamma for how much.

Both look at the days on which people bought. The plain models take a shop to be the same
all year and for ever; what a shop's season and its last weeks say beyond that is one
factor for everybody, see `level`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from orchestration.predictions.lifetime import bgnbd, gamma_gamma
from orchestration.predictions.lifetime.bgnbd import (
    Floats,
    Histories,
    NotFittedError,
    Purchasing,
)
from orchestration.predictions.lifetime.gamma_gamma import Spending
from orchestration.predictions.serving.templates import histories_sql, purchases_sql

FEWEST_BUYERS, FEWEST_REPEATERS, SHORTEST_HISTORY = 200, 100, 90
YEAR = 364  # whole weeks, so that weekdays meet weekdays
# As if so many orders had come as expected: a factor from few orders stays near 1.
STEADYING_ORDERS = 100.0
# The last weeks count half, and at most for a factor of two before that.
RECENT_WEIGHT, RECENT_LIMIT = 0.5, math.log(2.0)
AS_EXPECTED = (0.0, 0.0)


class TooFewBuyersError(Exception):
    """There is not enough to fit or to test on; the message says what is missing."""


@dataclass(frozen=True)
class Lifetime:
    """Everything that is fitted; ``kept_share`` is what refunds leave of each payment."""

    purchasing: Purchasing
    spending: Spending
    orders_per_day: float
    kept_share: float

    def as_json(self) -> dict[str, Any]:
        """Return the parameters as JSON."""
        return {
            "purchasing": self.purchasing.as_json(),
            "spending": self.spending.as_json(),
            "orders_per_day": self.orders_per_day,
            "kept_share": self.kept_share,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Lifetime":
        """Return the parameters that `as_json` gave."""
        return cls(
            Purchasing.from_json(plain["purchasing"]),
            Spending.from_json(plain["spending"]),
            float(plain["orders_per_day"]),
            float(plain["kept_share"]),
        )


@dataclass(frozen=True)
class Buyers:
    """Everybody who had bought by ``at``, in order of id, with their history in days."""

    at: date
    people: npt.NDArray[np.object_]
    frequency: Floats
    recency: Floats
    age: Floats
    order_count: Floats
    amount: Floats
    net_amount: Floats

    @property
    def average(self) -> Floats:
        """What a day of purchases was worth on average."""
        found: Floats = self.amount / (self.frequency + 1.0)
        return found


class Level(NamedTuple):
    """Factors for everybody: of the orders of so many days, and of what they are worth.

    Worth has its own, because in a strong season those who spend much buy more often.
    """

    orders: float
    worth: float


class Shop:
    """A table of orders: profile_id, ordered_date, known_date, amount (net, in money)."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, orders: str, first: date
    ) -> None:
        """Read from ``orders``, whose history begins on ``first``."""
        self.connection = connection
        self.orders = orders
        self.first = first
        self._fitted: dict[date, tuple[Lifetime, Buyers]] = {}

    def buyers(self, at: date) -> Buyers:
        """Return who had bought by the end of ``at``, as it was known then."""
        query = f"select * from ({histories_sql(self.orders, at)}) order by profile_id"
        columns = self.connection.execute(query).fetchnumpy()
        people = np.asarray(columns.pop("profile_id"), dtype=object)
        numbers = {n: np.asarray(v, dtype=np.float64) for n, v in columns.items()}
        return Buyers(at, people, **numbers)

    def bought(
        self, buyers: Buyers, days: int, known_by: date
    ) -> tuple[Floats, Floats]:
        """Return orders and net worth of ``buyers`` in the ``days`` after their day.

        A negative number of days looks back from it.
        """
        near, far = buyers.at, buyers.at + timedelta(days=days)
        query = purchases_sql(self.orders, min(near, far), max(near, far), known_by)
        rows = self.connection.execute(query).fetchall()
        found = {person: (orders, amount) for person, orders, amount in rows}
        pairs = [found.get(person, (0.0, 0.0)) for person in buyers.people]
        table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def fitted(self, at: date) -> tuple[Lifetime, Buyers]:
        """Return the model fitted on what was known at ``at``, and its buyers.

        Raises:
            TooFewBuyersError: the history is too short, or too few bought twice.
        """
        if at not in self._fitted:
            buyers = self.buyers(at)
            self._fitted[at] = (fit(buyers, (at - self.first).days), buyers)
        return self._fitted[at]

    def level(self, at: date, days: int) -> Level:
        """Return by how much the ``days`` after ``at`` will differ from the plain model.

        The season: by how much the same days a year ago differed from what a model of
        then expected, where there was one. The last weeks: by how much the ``days``
        before ``at`` differed, which counts half. Both are tested in
        `nightpost model evaluate ltv`.
        """
        season = recent = AS_EXPECTED
        if days < YEAR:
            season = self._surprise(at - timedelta(days=YEAR), days, at)
        before = at - timedelta(days=days)
        if (before - self.first).days >= max(days, SHORTEST_HISTORY):
            recent = self._surprise(before, days, at)
        return Level(
            *(
                round(math.exp(of_season + RECENT_WEIGHT * limited(of_weeks)), 6)
                for of_season, of_weeks in zip(season, recent, strict=True)
            )
        )

    def _surprise(self, at: date, days: int, known_by: date) -> tuple[float, float]:
        """Return ln(what came / what the model of ``at`` expected), of orders and worth."""
        try:
            model, buyers = self.fitted(at)
        except TooFewBuyersError:
            return AS_EXPECTED
        expected, worth_of_one = (
            expected_orders(model, buyers, days),
            order_value(model, buyers),
        )
        steadying = np.array([1.0, float(worth_of_one.mean())]) * STEADYING_ORDERS
        came = np.sum(self.bought(buyers, days, known_by), axis=1)
        foretold = np.array([expected.sum(), (expected * worth_of_one).sum()])
        # refunds may take more than was paid
        orders, worth = np.log(
            np.maximum(came + steadying, steadying) / (foretold + steadying)
        )
        return float(orders), float(worth)


def limited(surprise: float) -> float:
    """Return a surprise of the last weeks, as far as it is believed."""
    return max(-RECENT_LIMIT, min(RECENT_LIMIT, surprise))


def fit(buyers: Buyers, history_days: int) -> Lifetime:
    """Return everything fitted on ``buyers``.

    Raises:
        TooFewBuyersError: the history is too short, or too few bought twice.
    """
    repeaters = int((buyers.frequency > 0).sum())
    if (
        history_days < SHORTEST_HISTORY
        or buyers.people.size < FEWEST_BUYERS
        or repeaters < FEWEST_REPEATERS
    ):
        raise TooFewBuyersError(
            f"lifetime values need {SHORTEST_HISTORY} days of orders, {FEWEST_BUYERS} buyers "
            f"and {FEWEST_REPEATERS} who bought on two days; there are "
            f"{max(history_days, 0)}, "
            f"{buyers.people.size} and {repeaters}"
        )
    try:
        purchasing = bgnbd.fit(grouped(buyers))
        spending = gamma_gamma.fit(buyers.frequency + 1.0, buyers.average)
    except NotFittedError as error:
        raise TooFewBuyersError(f"lifetime values cannot be fitted: {error}") from None
    paid = float(buyers.amount.sum())
    return Lifetime(
        purchasing,
        spending,
        float(buyers.order_count.sum() / (buyers.frequency + 1.0).sum()),
        max(0.0, float(buyers.net_amount.sum()) / paid),
    )


def grouped(buyers: Buyers) -> Histories:
    """Return buyers with the same history as one row and their number."""
    columns = np.column_stack([buyers.frequency, buyers.recency, buyers.age])
    # whole days below 2**20 each: one number for the three sorts much faster than rows
    keys = columns.astype(np.int64) @ np.array([1 << 40, 1 << 20, 1])
    _, at, counts = np.unique(keys, return_index=True, return_counts=True)
    rows = columns[at]
    return Histories(rows[:, 0], rows[:, 1], rows[:, 2], counts.astype(np.float64))


def expected_orders(model: Lifetime, buyers: Buyers, days: int) -> Floats:
    """Return the orders that buyers are expected to place in ``days``.

    Raises:
        TooFewBuyersError: the model gives somebody no finite number.
    """
    return finite(
        model.orders_per_day
        * bgnbd.expected(
            model.purchasing, buyers.frequency, buyers.recency, buyers.age, days
        )
    )


def finite(found: Floats) -> Floats:
    """Return ``found``, of which nothing is kept or judged where a number is none.

    Raises:
        TooFewBuyersError: a number is not finite.
    """
    wrong = int((~np.isfinite(found)).sum())
    if wrong:
        raise TooFewBuyersError(
            f"the lifetime model gives {wrong} of {found.size} buyers no finite number, so "
            "it cannot be used"
        )
    return found


def likely_orders(model: Lifetime, buyers: Buyers, expected: Floats) -> Floats:
    """Return the median of the orders that a buyer will place, given their mean.

    Somebody who is gone orders nothing; who is not, as a negative binomial with the shape
    r + x of their rate. A whole number: the best guess for one person, where the mean is
    the one to sum.
    """
    alive = bgnbd.alive(model.purchasing, buyers.frequency, buyers.recency, buyers.age)
    shape = model.purchasing.r + buyers.frequency
    mean = expected / np.maximum(alive, 1e-9)
    level = (0.5 - (1.0 - alive)) / np.maximum(alive, 1e-9)
    chance = shape / (shape + mean)
    return fewest_orders(level, shape, chance)


def fewest_orders(level: Floats, shape: Floats, chance: Floats) -> Floats:
    """Return the quantile ``level``, at most 1/2, of negative binomial distributions.

    The chance of at most k is the regularised incomplete beta I(chance; shape, k + 1).
    Searched upwards from 0, because most are 0 and none lies far above its mean; by hand,
    because loading scipy.stats costs a night a second.
    """
    found = np.zeros(level.size)
    below = np.flatnonzero(betainc(shape, 1.0, chance) < level)
    while below.size:
        found[below] += 1.0
        reached = betainc(shape[below], found[below] + 1.0, chance[below])
        below = below[reached < level[below]]
    return found


def order_value(model: Lifetime, buyers: Buyers) -> Floats:
    """Return what an expected order of each buyer is worth, net of refunds.

    Raises:
        TooFewBuyersError: the model gives somebody no finite worth.
    """
    of_day = gamma_gamma.expected(
        model.spending, buyers.frequency + 1.0, buyers.average
    )
    return finite(of_day * model.kept_share / model.orders_per_day)
