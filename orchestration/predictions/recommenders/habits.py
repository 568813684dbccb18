"""How a customer buys a product again: how often of late, and whether it is due.

A cell is a customer and a product that they have. Two published methods for the next
basket count a customer's own purchases with weights that fade, and do it better than any
neighbours: TIFU-kNN, Hu et al. (2020), Modeling Personalized Item Frequency Information
for Next-basket Recommendation, SIGIR '20; UP-CF, Faggioli, Polato and Aiolli (2020),
Recency Aware Collaborative Filtering for Next Basket Recommendation, UMAP '20. Here such
counts stand at several speeds, beside how often this product is bought again at all and
how long the customer is used to wait: Bhagat et al. (2018), Buy It Again, KDD '18. Which
of it tells most is learnt.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.predictions.recommenders.purchases import (
    Floats,
    Ints,
    Purchases,
    is_new,
)

# How fast purchases fade, in windows.
FADES = (0.25, 1.0, 3.0, 8.0)
# Where being due bends: logarithms of the time passed over the time that it takes.
BENDS = (-1.5, -0.75, 0.0, 0.75, 1.5)
# A share of few orders is drawn to a tenth; a product of few buyers to all products.
FADED_TIMES, FADED_ORDERS = 0.02, 0.2
BUYERS_OF_ALL = 5.0
SHORTEST_DAYS = 0.5
HABITS = (
    "times_bought",
    "days_since_bought",
    "share_of_orders",
    "orders_since_bought",
    "own_rate",
    "product_rate",
    "product_again",
    "due",
    *(f"due_above_{bend}" for bend in BENDS),
    *(f"recent_times_{fade}" for fade in FADES),
    *(f"recent_share_{fade}" for fade in FADES),
)


@dataclass(frozen=True)
class Habits:
    """What the features of cells are made of; a cell's row is its place in `counts`."""

    times: Floats
    orders: Floats
    since: Floats
    orders_since: Floats
    own_rate: Floats
    product_rate: Floats
    product_again: Floats
    faded: tuple[Floats, ...]
    faded_orders: tuple[Floats, ...]
    window: float

    def of(self, cells: Ints) -> Floats:
        """Return ``cells`` x `HABITS`."""
        times, since = self.times[cells], self.since[cells]
        windows, rate = since / self.window, self.own_rate[cells]
        due = np.log(np.maximum(since, SHORTEST_DAYS) / self.window * rate)
        faded = [one[cells] for one in self.faded]
        pairs = zip(faded, self.faded_orders, strict=True)
        return np.stack(
            [
                np.log1p(times),
                np.log1p(windows),
                times / self.orders[cells],
                np.log1p(self.orders_since[cells]),
                np.log(rate),
                np.log(self.product_rate[cells]),
                self.product_again[cells],
                due,
                *(np.maximum(due - bend, 0) for bend in BENDS),
                *(np.log1p(one) for one in faded),
                *(
                    np.log((one + FADED_TIMES) / (orders[cells] + FADED_ORDERS))
                    for one, orders in pairs
                ),
            ],
            axis=1,
        )


def habits_of(
    purchases: Purchases,
    *,
    day: float,
    window: float,
    owners: Ints,
    products: Ints,
    cells: Ints,
) -> Habits:
    """Return the habits at ``day``.

    ``owners`` and ``products`` are those of each cell, ``cells`` that of each purchase.
    """
    count = len(owners)
    times = np.bincount(cells, minlength=count).astype(float)
    first, last = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(first, cells, purchases.day)
    np.maximum.at(last, cells, purchases.day)
    # rows are sorted by customer and order; an order has one customer
    starts = is_new(purchases.customer) | is_new(purchases.order)
    buyer, ordered = purchases.customer[starts], purchases.day[starts]
    size = purchases.shape[0]
    product_rate, product_again = rates_of(
        times, (day - first) / window, products, purchases.shape[1]
    )
    return Habits(
        times,
        np.bincount(buyer, minlength=size)[owners].astype(float),
        day - last,
        orders_after(buyer, ordered, owners, last),
        # a product's rate stands for the customer's own until they showed it:
        # a gamma prior of one purchase (Gelman et al., Bayesian Data Analysis, 2.6)
        times / ((day - first) / window + 1 / product_rate),
        product_rate,
        product_again,
        tuple(
            np.bincount(cells, faded(day - purchases.day, window, fade), count).astype(
                float
            )
            for fade in FADES
        ),
        tuple(
            np.bincount(buyer, faded(day - ordered, window, fade), size)[owners].astype(
                float
            )
            for fade in FADES
        ),
        window,
    )


def faded(age: Floats, window: float, fade: float) -> Floats:
    """Return what a purchase so many days ago still weighs."""
    found: Floats = 0.5 ** (age / (fade * window))
    return found


def rates_of(
    times: Floats, windows: Floats, products: Ints, width: int
) -> tuple[Floats, Floats]:
    """Return of each cell's product how often it is bought again.

    In a window after a first purchase; and by how many of its buyers, as a logit.
    """
    if not len(times):
        return times, times
    again = times > 1
    buyers = np.bincount(products, minlength=width)
    share = max(float(again.mean()), 1 / (2 * len(times)))
    shares = (np.bincount(products, again, width) + BUYERS_OF_ALL * share) / (
        buyers + BUYERS_OF_ALL
    )
    # each of those buyers waited one window
    rate = max(float((times - 1).sum()), 0.5) / max(float(windows.sum()), 1.0)
    rates = (np.bincount(products, times - 1, width) + BUYERS_OF_ALL * rate) / (
        np.bincount(products, windows, width) + BUYERS_OF_ALL
    )
    return rates[products], np.log(shares / (1 - np.minimum(shares, 0.999)))[products]


def orders_after(buyer: Ints, ordered: Floats, owners: Ints, last: Floats) -> Floats:
    """Return how many orders of each cell's owner came after its ``last`` day."""
    if not len(ordered):
        return np.zeros(len(owners))
    start, span = ordered.min(), np.ptp(ordered) + 1
    by_time = np.sort(buyer * span + (ordered - start))
    ends = np.searchsorted(by_time, (owners + 1) * span)
    after = np.searchsorted(by_time, owners * span + (last - start), side="right")
    found: Floats = (ends - after).astype(float)
    return found
