"""What is known of every customer and product at one instant, and nothing after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from orchestration.predictions.recommenders.affinities import affinities
from orchestration.predictions.recommenders.habits import Habits, habits_of
from orchestration.predictions.recommenders.purchases import (
    Floats,
    Ints,
    Purchases,
    is_new,
)

# The newest purchases say what sells now; how fast they fade, in windows.
HALF_LIVES = (0.25, 1.0)
LONG_AGO = 9_999.0
CELLS_AT_ONCE = 4_000_000
SMALL_CATALOGUE = 1_000


@dataclass(frozen=True)
class Past:
    """Purchases before ``day``, as features of what comes in the ``window`` days after."""

    purchases: Purchases
    day: float
    window: float

    @cached_property
    def counts(self) -> sp.csr_array:
        """Customers x products: in how many orders."""
        return self.purchases.matrix()

    @cached_property
    def owned(self) -> sp.csr_array:
        """Customers x products: 1 where bought."""
        found = self.counts.copy()
        found.data = np.ones_like(found.data)
        return found

    @cached_property
    def buyers(self) -> Floats:
        """Customers who bought it, a product."""
        found: Floats = self.owned.sum(axis=0)
        return found

    @cached_property
    def affinities(self) -> sp.csr_array:
        """Products x products: how much having the row speaks for the column."""
        return affinities(self.counts)

    @cached_property
    def _weights(self) -> sp.csr_array | Floats:
        """The affinities as they multiply fastest: a small table of them dense."""
        small = self.purchases.shape[1] <= SMALL_CATALOGUE
        return self.affinities.toarray() if small else self.affinities

    def affinity(self, customers: Ints) -> Floats:
        """Return customers x products: how much what they have speaks for the product."""
        found = self.owned[customers] @ self._weights
        dense: Floats = found.toarray() if sp.issparse(found) else found
        return dense

    @cached_property
    def product_features(self) -> Floats:
        """Products x 3: the logarithm of recent purchases, twice, and of all."""
        age = (self.day - self.purchases.day) / self.window
        columns = [
            np.bincount(
                self.purchases.product,
                0.5 ** (age / half_life),
                minlength=self.purchases.shape[1],
            )
            for half_life in HALF_LIVES
        ]
        sold = np.bincount(self.purchases.product, minlength=self.purchases.shape[1])
        return np.log1p(np.stack([*columns, sold], axis=1))

    @cached_property
    def _cells(self) -> Ints:
        """The cell of `counts` in which each purchase is."""
        counts, width = self.counts, self.purchases.shape[1]
        keys = self.owners * width + counts.indices
        wanted = self.purchases.customer * width + self.purchases.product
        return np.searchsorted(keys, wanted)

    @cached_property
    def owners(self) -> Ints:
        """The customer of each cell of `counts`."""
        return np.repeat(np.arange(self.counts.shape[0]), np.diff(self.counts.indptr))

    @cached_property
    def orders(self) -> Floats:
        """Orders a customer."""
        # rows are sorted by customer and order; an order has one customer
        customer, order = self.purchases.customer, self.purchases.order
        starts = is_new(customer) | is_new(order)
        size = self.purchases.shape[0]
        return np.bincount(customer[starts], minlength=size).astype(float)

    @cached_property
    def customer_features(self) -> Floats:
        """Customers x 3, as logarithms: orders, days since the last, products had."""
        last = np.full(self.purchases.shape[0], -np.inf)
        np.maximum.at(last, self.purchases.customer, self.purchases.day)
        since = np.clip((self.day - last) / self.window, 0, LONG_AGO)
        had = np.diff(self.counts.indptr).astype(float)
        found: Floats = np.log1p(np.stack([self.orders, since, had], axis=1))
        return found

    @cached_property
    def habits(self) -> Habits:
        """How customers buy again what they have."""
        return habits_of(
            self.purchases,
            day=self.day,
            window=self.window,
            owners=self.owners,
            products=self.counts.indices,
            cells=self._cells,
        )

    def blocks(self, customers: Ints) -> Iterator[Ints]:
        """Yield ``customers``, some at a time, so that a block of scores fits in memory."""
        size = max(1, CELLS_AT_ONCE // max(1, self.purchases.shape[1]))
        for start in range(0, len(customers), size):
            yield customers[start : start + size]
