"""How good lists are, against what was bought after them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from orchestration.predictions.recommenders.purchases import Flags, Floats, Ints

LENGTH = 10
RESAMPLINGS, SEED = 1_000, 20_260_401
CHANCE = 0.05


@dataclass(frozen=True)
class Judged:
    """Means over customers: NDCG and recall at 10; the share of products ever shown.

    ``by_customer`` is the NDCG of each customer who is judged.
    """

    ndcg: float
    recall: float
    coverage: float
    by_customer: Floats = field(
        default_factory=lambda: np.zeros(0), repr=False, compare=False
    )

    def as_json(self) -> Mapping[str, float]:
        """Return the figures by name, rounded."""
        return {
            "ndcg_at_10": round(self.ndcg, 6),
            "recall_at_10": round(self.recall, 6),
            "coverage": round(self.coverage, 6),
        }


def judge(lists: Ints, bought: sp.csr_array, offered: Flags) -> Judged:
    """Judge ``lists`` (customers x 10, -1 for none) against what they ``bought`` after.

    NDCG: Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques,
    with a gain of 1 for a product bought and the discount 1/log2(place + 1), over the best
    that was possible. Customers who bought nothing judgeable are left out.
    """
    counts = np.diff(bought.indptr)
    chosen = np.flatnonzero(counts)
    if not len(chosen):
        return Judged(0.0, 0.0, 0.0)
    lists, possible = lists[chosen], np.minimum(counts[chosen], LENGTH)
    width = bought.shape[1]
    owners = np.repeat(np.arange(bought.shape[0]), counts)
    keys = owners * width + bought.indices
    is_hit = np.isin(chosen[:, None] * width + lists, keys) & (lists >= 0)
    discount = 1 / np.log2(np.arange(2, LENGTH + 2))
    gain = (is_hit * discount[: lists.shape[1]]).sum(axis=1)
    ideal = np.cumsum(discount)[possible - 1]
    shown = np.unique(lists[lists >= 0])
    return Judged(
        float((gain / ideal).mean()),
        float((is_hit.sum(axis=1) / counts[chosen]).mean()),
        float(len(shown) / max(offered.sum(), 1)),
        gain / ideal,
    )


def difference(ours: Floats, other: Floats) -> Mapping[str, float]:
    """Return by how much the mean of ``ours`` is above the other's, and between what.

    Both have a figure per customer, of the same customers. `low` and `high` hold 95% of
    the differences found when customers are drawn anew: the paired bootstrap's percentile
    interval, Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    apart = ours - other
    if not apart.size:
        return {"mean": 0.0, "low": 0.0, "high": 0.0}
    draw = np.random.default_rng(SEED)
    means = [
        apart[draw.integers(0, apart.size, apart.size)].mean()
        for _ in range(RESAMPLINGS)
    ]
    low, high = np.quantile(means, [CHANCE / 2, 1 - CHANCE / 2])
    return {
        "mean": round(float(apart.mean()), 6),
        "low": round(float(low), 6),
        "high": round(float(high), 6),
    }
