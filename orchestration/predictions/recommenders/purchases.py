"""Purchases as numbers: who had which product in which order, and when."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

REQUIRED = ("customer", "order_id", "ordered_at", "product")
SECONDS_A_DAY = 86_400.0


class UnusableOrdersError(Exception):
    """The table of orders cannot be used; the message says what is missing."""


@dataclass(frozen=True)
class Purchases:
    """One row per customer, order and product, in that order; ``day`` counts from 1970.

    ``customer`` and ``product`` are places in the sorted ``customers`` and ``products``.
    """

    customers: tuple[str, ...]
    products: tuple[str, ...]
    customer: Ints
    product: Ints
    order: Ints
    day: Floats

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.day)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Customers and products."""
        return len(self.customers), len(self.products)

    @property
    def first_day(self) -> float:
        """The time of the first purchase."""
        return float(self.day.min())

    @property
    def last_day(self) -> float:
        """The time of the last purchase."""
        return float(self.day.max())

    def only(self, rows: Flags) -> "Purchases":
        """Return the chosen rows, with customers and products numbered as before."""
        return Purchases(
            self.customers,
            self.products,
            self.customer[rows],
            self.product[rows],
            self.order[rows],
            self.day[rows],
        )

    def before(self, day: float) -> "Purchases":
        """Return what was bought before ``day``."""
        return self.only(self.day < day)

    def within(self, first: float, end: float) -> "Purchases":
        """Return what was bought from ``first`` on, and before ``end``."""
        return self.only((self.day >= first) & (self.day < end))

    def matrix(self, values: Floats | None = None) -> sp.csr_array:
        """Return customers x products: the sum of ``values``, else how many orders."""
        cells = np.ones(len(self)) if values is None else values
        found = sp.csr_array((cells, (self.customer, self.product)), shape=self.shape)
        found.sum_duplicates()
        return found


def purchases_of(orders: pa.Table) -> Purchases:
    """Return the purchases in ``orders``: customer, order_id, ordered_at, product.

    Lines without one of the four, and, where there are such columns, with a quantity or
    price that is not above zero, are no purchases. The order of rows does not matter.

    Raises:
        UnusableOrdersError: a column is missing, or no line is a purchase.
    """
    missing = [name for name in REQUIRED if name not in orders.column_names]
    if missing:
        raise UnusableOrdersError(
            f"The orders lack {', '.join(missing)}. Say which columns hold them, "
            "for example --map CustomerID=customer."
        )
    known = [
        name for name in (*REQUIRED, "quantity", "price") if name in orders.column_names
    ]
    frame = orders.select(known).to_pandas()
    for name in ("quantity", "price"):
        if name in frame:
            frame = frame[pd.to_numeric(frame[name], errors="coerce") > 0]
    frame = frame[list(REQUIRED)].dropna()
    if frame.empty:
        raise UnusableOrdersError(
            "No line of the orders is a purchase: each lacks a customer, an order, a "
            "time, a product, or was not sold for money."
        )
    return numbered(frame)


def numbered(frame: pd.DataFrame) -> Purchases:
    """Return ``frame``, whose columns are `REQUIRED` without nulls, as numbers."""
    customer, customers = pd.factorize(frame["customer"].astype(str), sort=True)
    product, products = pd.factorize(frame["product"].astype(str), sort=True)
    order, orders = pd.factorize(frame["order_id"].astype(str), sort=True)
    at = pd.to_datetime(frame["ordered_at"]).astype("datetime64[s]")
    day = at.astype("int64").to_numpy() / SECONDS_A_DAY
    keys = (customer * len(orders) + order) * len(products) + product
    by_key = np.lexsort((day, keys))
    chosen = by_key[is_new(keys[by_key])]
    return Purchases(
        tuple(customers),
        tuple(products),
        customer[chosen].astype(np.int64),
        product[chosen].astype(np.int64),
        order[chosen].astype(np.int64),
        day[chosen],
    )


def is_new(keys: Ints) -> Flags:
    """Tell of each of the sorted ``keys`` whether it is another one than before."""
    found = np.ones(len(keys), dtype=bool)
    found[1:] = keys[1:] != keys[:-1]
    return found
