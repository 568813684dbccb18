"""The proof: recommenders on any table of orders, judged on what came after the split.

Everything is learnt from purchases before the split; the tuning, too, happens at earlier
instants inside that past. A recommender is judged twice: `all`, where it may name what a
customer has already, and `new`, where it may not and only first purchases count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from orchestration.predictions.recommenders.content import catalogue_of, similarity_of
from orchestration.predictions.recommenders.judging import (
    LENGTH,
    Judged,
    difference,
    judge,
)
from orchestration.predictions.recommenders.past import Past
from orchestration.predictions.recommenders.purchases import (
    SECONDS_A_DAY,
    Floats,
    Ints,
    Purchases,
    UnusableOrdersError,
    purchases_of,
)
from orchestration.predictions.recommenders.ranker import (
    IMPOSSIBLE,
    Ranker,
    Similarity,
    best,
    owned_cells,
    train,
)

ORIGINS = 2
LONGEST_WINDOW = 30.0
WINDOWS_NEEDED = 5
FEWEST_JUDGED = 10
BASELINES = ("bought_most", "most_popular")

Lists = Callable[[Ints, bool], Ints]


@dataclass(frozen=True)
class Split:
    """Purchases before ``day`` to learn from, those of the ``window`` after to judge by."""

    purchases: Purchases
    day: float
    window: float
    _pasts: dict[int, Past] = field(default_factory=dict, repr=False, compare=False)

    @property
    def past(self) -> Past:
        """What is known at the split."""
        return self.past_at(0)

    def earlier(self, windows: int) -> "Split":
        """Return the split so many windows before; what both need is worked out once."""
        shifted = {k - windows: past for k, past in self._pasts.items() if k >= windows}
        day = self.day - windows * self.window
        return Split(self.purchases, day, self.window, shifted)

    def past_at(self, windows: int) -> Past:
        """Return what was known so many windows before the split."""
        if windows not in self._pasts:
            day = self.day - windows * self.window
            past = Past(self.purchases.before(day), day, self.window)
            self._pasts[windows] = past
        return self._pasts[windows]

    def future_at(self, windows: int) -> sp.csr_array:
        """Return what was bought in the window that starts so many before the split."""
        day = self.day - windows * self.window
        found = self.purchases.within(day, day + self.window).matrix()
        found.data = np.ones_like(found.data)
        return found

    @cached_property
    def judged(self) -> Ints:
        """The customers who bought before and after the split."""
        bought = np.diff(self.future_at(0).indptr) * np.diff(self.past.counts.indptr)
        return np.flatnonzero(bought)

    def truth(self, *, is_new: bool) -> sp.csr_array:
        """Return what the judged bought after, of what was ever sold before.

        With ``is_new`` without what they had before.
        """
        future = self.future_at(0)[self.judged]
        kept = self.past.buyers[future.indices] > 0
        future.data = future.data * kept
        if is_new:
            future = (future - future.multiply(self.past.owned[self.judged])).tocsr()
        future.eliminate_zeros()
        return future


def split_of(purchases: Purchases, window: float | None = None) -> Split:
    """Return the split whose ``window`` (days) ends with the last purchase.

    By default 30 days, or a fifth of the time that the purchases span, if that is less.

    Raises:
        UnusableOrdersError: nearly nobody bought on both sides.
    """
    span = purchases.last_day - purchases.first_day
    chosen = min(LONGEST_WINDOW, span / WINDOWS_NEEDED) if window is None else window
    # the last purchase itself belongs to the window
    end = purchases.last_day + 1 / SECONDS_A_DAY
    split = Split(purchases, end - chosen, chosen)
    if chosen <= 0 or len(split.judged) < FEWEST_JUDGED:
        raise UnusableOrdersError(
            f"Fewer than {FEWEST_JUDGED} customers bought both before and after the split, "
            "so nothing can be judged. Give a longer history, or another --holdout-days."
        )
    return split


def trained(split: Split) -> Ranker:
    """Return the ranker learnt from the windows before the split."""
    numbers = [k for k in range(1, ORIGINS + 1) if len(split.past_at(k).purchases)]
    return train(
        [split.past_at(k) for k in numbers],
        [split.future_at(k) for k in numbers],
    )


def evaluate_recommendations(
    orders: pa.Table, *, window: float | None = None, beside_implicit: bool = False
) -> dict[str, Any]:
    """Judge each recommender on ``orders`` and return the figures.

    ``orders`` has customer, order_id, ordered_at and product, and, where known, quantity,
    price, name, category, brand, tags. The figures are by recommender, `all` or `new`,
    and name; see `judging`. With ``beside_implicit`` the four models of that library
    stand beside ours, on the same split.

    Raises:
        UnusableOrdersError: columns are missing, or nothing can be judged.
    """
    split = split_of(purchases_of(orders), window)
    similarity = similarity_of(split.purchases.products, catalogue_of(orders))
    return {
        **facts_of(split),
        "recommenders": figures(split, similarity, beside_implicit=beside_implicit),
    }


def figures(
    split: Split, similarity: Similarity | None, *, beside_implicit: bool = False
) -> dict[str, Any]:
    """Return each recommender's figures on ``split``.

    Those of `collaborative`, the one that a night trains and asks, hold how far its NDCG
    is above that of each of `BASELINES`.
    """
    makers = dict(recommenders(split, similarity))
    if beside_implicit:
        from orchestration.predictions.recommenders.beside_implicit import (
            implicit_recommenders,
        )

        makers.update(implicit_recommenders(split.past))
    found: dict[str, Any] = {}
    for is_new in (False, True):
        truth = split.truth(is_new=is_new)
        kind = "new" if is_new else "all"
        judged: dict[str, Judged] = {}
        for name, lists in makers.items():
            judged[name] = judge(
                lists(split.judged, is_new), truth, split.past.buyers > 0
            )
            found.setdefault(name, {})[kind] = dict(judged[name].as_json())
        for name in BASELINES:
            found["collaborative"][kind][f"above_{name}"] = difference(
                judged["collaborative"].by_customer, judged[name].by_customer
            )
    return found


def recommenders(split: Split, similarity: Similarity | None) -> Mapping[str, Lists]:
    """Return our recommenders by name, each learnt from before the split."""
    past = split.past
    collaborative = trained(split)
    made: dict[str, Lists] = {
        "collaborative": listed(past, lambda c: collaborative.scores(past, c)),
    }
    if similarity is not None:
        made["content_similarity"] = listed(past, lambda c: similarity.scores(past, c))
    made["bought_most"] = listed(past, lambda c: bought_most(past, c))
    made["most_popular"] = listed(past, lambda c: np.tile(past.buyers, (len(c), 1)))
    return made


def bought_most(past: Past, customers: Ints) -> Floats:
    """Return what anybody would show: what each bought in most orders, recent first.

    Behind it, in the order of their buyers, what they never had.
    """
    found = np.tile(
        past.buyers / (past.buyers.max(initial=0) + 1) - 1, (len(customers), 1)
    )
    at, cells = owned_cells(past, customers)
    age = past.habits.since[cells] / (past.day - past.purchases.first_day + 1)
    found[at] = past.counts.data[cells] + 1 - age
    return found


def listed(past: Past, scores: Callable[[Ints], Floats]) -> Lists:
    """Return what makes lists of ten from ``scores``."""

    def lists(customers: Ints, is_new: bool) -> Ints:
        found = []
        for block in past.blocks(customers):
            scored = scores(block).astype(float)
            scored[:, past.buyers == 0] = IMPOSSIBLE
            if is_new:
                scored[past.owned[block].nonzero()] = IMPOSSIBLE
            found.append(best(scored, LENGTH))
        return np.vstack(found)

    return lists


def facts_of(split: Split) -> dict[str, Any]:
    """Return what was split, where, and how many customers nothing is known of."""
    future = np.diff(split.future_at(0).indptr) > 0
    unknown = future & (np.diff(split.past.counts.indptr) == 0)
    return {
        "split_at": np.datetime64(round(split.day * SECONDS_A_DAY), "s")
        .item()
        .isoformat(),
        "window_days": round(split.window, 3),
        "customers": int((np.diff(split.past.counts.indptr) > 0).sum()),
        "products": int((split.past.buyers > 0).sum()),
        "judged_customers": len(split.judged),
        "share_of_customers_unknown_at_the_split": round(
            float(unknown.sum() / max(future.sum(), 1)), 6
        ),
    }
