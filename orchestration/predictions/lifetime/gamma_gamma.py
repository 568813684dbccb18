"""What a customer's purchases are worth: the Gamma-Gamma model.

Fader, Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42(4); formulas
as in Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value: (1a) likelihood,
(5) expected worth.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import digamma, gammaln
from threadpoolctl import threadpool_limits

from orchestration.predictions.lifetime.bgnbd import (
    HIGHEST,
    LOWEST,
    Floats,
    NotFittedError,
)

# Averages that differ by less than this share differ in their last digits alone.
ALIKE = 1e-9


@dataclass(frozen=True)
class Spending:
    """The fitted parameters; ``v`` and ``mean`` are in money."""

    p: float
    q: float
    v: float
    mean: float

    def as_json(self) -> dict[str, float]:
        """Return the parameters as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Spending":
        """Return the parameters that `as_json` gave."""
        return cls(**{name: float(plain[name]) for name in ("p", "q", "v", "mean")})


def fit(purchases: Floats, average: Floats) -> Spending:
    """Return the parameters of the greatest likelihood.

    ``purchases`` is the number of purchases of a customer and ``average`` their mean
    worth, above 0. Where all are worth the same, as one-price shops' and orders without an
    amount are, nothing is to be fitted: `expected` gives back that worth.

    Raises:
        NotFittedError: there are no customers, or the search did not end.
    """
    if purchases.size == 0:
        raise NotFittedError("nobody has bought anything")
    scale = float(np.average(average, weights=purchases))
    if float(np.ptp(average)) <= ALIKE * scale:
        return Spending(p=1.0, q=1.0, v=scale, mean=scale)
    likelihood = Likelihood(purchases, average / scale)
    # only training needs it, and it loads slowly
    from scipy.optimize import minimize

    # one thread: sums in another order would differ in their last digits
    with threadpool_limits(1):
        found = minimize(
            likelihood,
            np.zeros(3),
            jac=True,
            method="L-BFGS-B",
            bounds=[(LOWEST, HIGHEST)] * 3,
            options={"ftol": 1e-12, "gtol": 1e-9, "maxiter": 2000},
        )
    if not np.isfinite(found.fun):
        raise NotFittedError("the search for the greatest likelihood did not end")
    p, q, v = (math.exp(value) for value in found.x)
    return Spending(p, q, v * scale, scale)


class Likelihood:
    """Minus the mean log-likelihood and its gradient, in logarithms of p, q and v."""

    def __init__(self, purchases: Floats, average: Floats) -> None:
        """Prepare what does not depend on the parameters."""
        self.x, self.at = np.unique(purchases, return_inverse=True)
        self.share = np.bincount(self.at) / purchases.size
        self.purchases = purchases
        self.sums = purchases * average
        self.log_average = float(np.log(average).mean())
        self.mean_x_log = float((purchases * np.log(average)).mean())
        self.mean_x_logx = float((purchases * np.log(purchases)).mean())

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        """Return the value and the gradient at ``logs``."""
        p, q, v = np.exp(logs)
        px = p * self.x
        log_sum = np.log(self.sums + v)
        value = float(
            self.share @ (gammaln(px + q) - gammaln(px))
            - gammaln(q)
            + q * np.log(v)
            + p * self.mean_x_log
            - self.log_average
            + p * self.mean_x_logx
            - ((p * self.purchases + q) * log_sum).mean()
        )
        to_p = (
            self.share @ (self.x * (digamma(px + q) - digamma(px)))
            + self.mean_x_log
            + self.mean_x_logx
            - (self.purchases * log_sum).mean()
        )
        to_q = self.share @ digamma(px + q) - digamma(q) + np.log(v) - log_sum.mean()
        to_v = q / v - ((p * self.purchases + q) / (self.sums + v)).mean()
        return -value, -np.array([to_p * p, to_q * q, to_v * v])


def expected(model: Spending, purchases: Floats, average: Floats) -> Floats:
    """Return the expected worth of a purchase of customers.

    The mean of the customer and the mean of all, weighed by what is known of the
    customer. Where the model has no mean (q at most 1), the observed one stands in.
    """
    if model.q <= 1.0:
        return (average * purchases + model.mean) / (purchases + 1.0)
    weight = model.p * purchases / (model.p * purchases + model.q - 1.0)
    of_all = model.v * model.p / (model.q - 1.0)
    return (1.0 - weight) * of_all + weight * average
