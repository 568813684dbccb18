"""What a customer will buy next, learnt from what customers bought after earlier days.

Two logistic regressions share the work, because buying again and buying for the first
time are different things: one for what a customer has, one for what not. Both give the
probability of a purchase in the window after, so that the two kinds stand in one list.
Trained at earlier instants, on what came in the window after each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from orchestration.predictions.recommenders.habits import HABITS
from orchestration.predictions.recommenders.past import HALF_LIVES, Past
from orchestration.predictions.recommenders.purchases import Flags, Floats, Ints

DIGITS = 6
FEWEST_BOUGHT = 50
FIRST_TIME_CANDIDATES = 100
MOST_CUSTOMERS = 5_000
PLACES = 2**20
IMPOSSIBLE = -(2.0**20)
BOUGHT_AGAIN = 0.005
UNTAUGHT_FIRST = {"affinity": 1.0, "sales": 0.1, "intercept": -1.0}
UNTAUGHT_AGAIN = {**UNTAUGHT_FIRST, "times_bought": 1.0, "days_since_bought": -0.1}

SHARED = ("affinity", "root_affinity")
ABOUT_PRODUCT = (*(f"recent_sales_{half}" for half in HALF_LIVES), "sales")
ABOUT_CUSTOMER = ("orders", "days_since_order", "products_had")


@dataclass(frozen=True)
class Similarity:
    """Products as vectors of words, to compare a customer's with all others."""

    vectors: sp.csr_array

    def scores(self, past: Past, customers: Ints) -> Floats:
        """Return customers x products: the cosine of what they bought and the product."""
        return self.compared(past.counts[customers])

    def compared(self, weights: sp.csr_array) -> Floats:
        """Return rows x products: the cosine of what a row weighs and the product."""
        weighted = weights.copy()
        weighted.data = np.log1p(weighted.data)
        taste = weighted @ self.vectors
        length = np.sqrt((taste * taste).sum(axis=1))
        compared = (taste @ self.vectors.T).toarray()
        found: Floats = compared / np.maximum(length, 1e-12)[:, None]
        return found


@dataclass(frozen=True)
class Ranker:
    """The weights of the two regressions by feature, with ``intercept``; None: never.

    ``again`` is for products that a customer has, ``first`` for all others.
    """

    first: Mapping[str, float] | None
    again: Mapping[str, float] | None

    def as_json(self) -> dict[str, Any]:
        """Return the parameters as JSON."""
        return {"first": self.first, "again": self.again}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Ranker":
        """Return the ranker that `as_json` gave."""
        return cls(plain["first"], plain["again"])

    def scores(self, past: Past, customers: Ints) -> Floats:
        """Return customers x products: the logit of a purchase in the window after.

        What was never sold before is `IMPOSSIBLE`, as is what one has where nothing was
        ever bought twice.
        """
        cells = shared_cells(past, customers)
        about_product, about_customer = past.product_features, past.customer_features
        found = np.full((len(customers), past.purchases.shape[1]), IMPOSSIBLE)
        if self.first is not None:
            weights = self.first
            found = sum_of(weights, cells)
            found += about_product @ picked(weights, ABOUT_PRODUCT)
            found += (about_customer[customers] @ picked(weights, ABOUT_CUSTOMER))[
                :, None
            ]
        at, owned = owned_cells(past, customers)
        found[at] = IMPOSSIBLE
        if self.again is not None:
            weights = self.again
            customer, product = customers[at[0]], at[1]
            found[at] = (
                sum_of(weights, {name: cell[at] for name, cell in cells.items()})
                + about_product[product] @ picked(weights, ABOUT_PRODUCT)
                + about_customer[customer] @ picked(weights, ABOUT_CUSTOMER)
                + past.habits.of(owned) @ picked(weights, HABITS)
            )
        found[:, past.buyers == 0] = IMPOSSIBLE
        return found


def shared_cells(past: Past, customers: Ints) -> dict[str, Floats]:
    """Return the features that each pair of customer and product has, as matrices."""
    affinity = past.affinity(customers)
    return {"affinity": affinity, "root_affinity": np.sqrt(np.maximum(affinity, 0))}


def owned_cells(past: Past, customers: Ints) -> tuple[tuple[Ints, Ints], Ints]:
    """Return row and product of what ``customers`` have, and its cell of `counts`."""
    starts, ends = past.counts.indptr[customers], past.counts.indptr[customers + 1]
    lengths = ends - starts
    rows = np.repeat(np.arange(len(customers)), lengths)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    cells = np.repeat(starts, lengths) + within
    return (rows, past.counts.indices[cells].astype(np.int64)), cells


def sum_of(weights: Mapping[str, float], cells: Mapping[str, Floats]) -> Floats:
    """Return the weighted sum of ``cells``, with the intercept."""
    first, *others = cells
    found: Floats = cells[first] * weights[first] + weights["intercept"]
    for name in others:
        found += cells[name] * weights[name]
    return found


def picked(weights: Mapping[str, float], names: Sequence[str]) -> Floats:
    """Return the weights of ``names``, in their order.

    What a model of an earlier version did not look at counts nothing.
    """
    return np.array([weights.get(name, 0.0) for name in names])


def train(pasts: Sequence[Past], futures: Sequence[sp.csr_array]) -> Ranker:
    """Return the ranker of ``pasts``; ``futures`` say what was bought in each window."""
    rows = [
        one
        for past, future in zip(pasts, futures, strict=True)
        for one in training_rows(past, future)
    ]
    names = [*SHARED, *ABOUT_PRODUCT, *ABOUT_CUSTOMER]
    first = fit([(x, y) for is_owned, x, y in rows if not is_owned])
    again = fit([(x, y) for is_owned, x, y in rows if is_owned])
    return Ranker(
        named(names, first) or default_weights(names, UNTAUGHT_FIRST),
        named([*names, *HABITS], again)
        or (
            default_weights([*names, *HABITS], UNTAUGHT_AGAIN)
            if is_bought_again(pasts)
            else None
        ),
    )


def named(names: Sequence[str], weights: list[float] | None) -> dict[str, float] | None:
    """Return ``weights`` by name, with the intercept behind them."""
    if weights is None:
        return None
    return dict(zip([*names, "intercept"], weights, strict=True))


def default_weights(
    names: Sequence[str], chosen: Mapping[str, float]
) -> dict[str, float]:
    """Return ``chosen`` for ``names``, where too little was bought to learn from."""
    return {name: chosen.get(name, 0.0) for name in (*names, "intercept")}


def is_bought_again(pasts: Sequence[Past]) -> bool:
    """Tell whether customers buy what they have: at least `BOUGHT_AGAIN` of the pairs."""
    pairs = sum(past.counts.nnz for past in pasts)
    again = sum(int((past.counts.data > 1).sum()) for past in pasts)
    return bool(again > BOUGHT_AGAIN * pairs)


def training_rows(
    past: Past, future: sp.csr_array
) -> Iterator[tuple[bool, Floats, Floats]]:
    """Yield features and outcome of customers who came back: of what they had, or not."""
    came_back = np.flatnonzero(np.diff(future.indptr) * np.diff(past.counts.indptr))
    step = -(-len(came_back) // MOST_CUSTOMERS) or 1
    for customers in past.blocks(came_back[::step]):
        cells = shared_cells(past, customers)
        bought = future[customers].toarray() > 0
        at, owned = owned_cells(past, customers)
        yield (
            True,
            np.hstack([features(past, customers, cells, at), past.habits.of(owned)]),
            bought[at].astype(float),
        )
        affinity = cells["affinity"].copy()
        affinity[at] = IMPOSSIBLE
        affinity[:, past.buyers == 0] = IMPOSSIBLE
        rows, products = np.nonzero(is_among_best(affinity, FIRST_TIME_CANDIDATES))
        new = rows, products
        yield False, features(past, customers, cells, new), bought[new].astype(float)


def features(
    past: Past, customers: Ints, cells: Mapping[str, Floats], at: tuple[Ints, Ints]
) -> Floats:
    """Return pairs x features of the pairs ``at``."""
    return np.hstack(
        [
            np.stack([cell[at] for cell in cells.values()], axis=1),
            past.product_features[at[1]],
            past.customer_features[customers[at[0]]],
        ]
    )


def fit(rows: Sequence[tuple[Floats, Floats]]) -> list[float] | None:
    """Return a weight a feature and the intercept; None where too little was bought."""
    x = np.concatenate([one for one, _ in rows]) if rows else np.zeros((0, 1))
    y = np.concatenate([one for _, one in rows]) if rows else np.zeros(0)
    if y.sum() < FEWEST_BOUGHT or y.all():
        return None
    # most nights train nothing, and this import costs a second
    from sklearn.linear_model import LogisticRegression

    centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    with threadpool_limits(1):
        fitted = LogisticRegression(max_iter=500).fit((x - centre) / scale, y)
    weights = fitted.coef_[0] / scale
    intercept = fitted.intercept_[0] - (centre * weights).sum()
    return [round(float(one), DIGITS) for one in (*weights, intercept)]


def is_among_best(scores: Floats, count: int) -> Flags:
    """Tell of each score whether it is among the ``count`` best of its row."""
    keys = total_keys(scores)
    if keys.shape[1] <= count:
        return scores > IMPOSSIBLE
    edge = np.partition(keys, -count, axis=1)[:, -count]
    return (keys >= edge[:, None]) & (scores > IMPOSSIBLE)


def total_keys(scores: Floats) -> Ints:
    """Return numbers in the order of ``scores`` to six digits, ties by product."""
    places = np.arange(scores.shape[1])
    found: Ints = np.round(scores * 10**DIGITS).astype(np.int64) * PLACES - places
    return found


def best(scores: Floats, count: int) -> Ints:
    """Return rows x ``count``: the best products, -1 where there are no more.

    Scores are compared to six digits; of two that are alike the product that comes first
    by its id goes first.
    """
    keys = total_keys(scores)
    count = min(count, keys.shape[1])
    top = np.argpartition(-keys, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(keys, top, axis=1), axis=1)
    top = np.take_along_axis(top, order, axis=1)
    is_offered = np.take_along_axis(scores, top, axis=1) > IMPOSSIBLE
    return np.where(is_offered, top, -1)
