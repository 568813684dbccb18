"""How many purchases a customer will make: the BG/NBD model, fitted on grouped rows.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to
the Pareto/NBD Model, Marketing Science 24(2), equations 6 (likelihood) and 10 (expected
purchases); probability alive: Fader, Hardie and Lee (2008), Computing P(alive) Using the
BG/NBD Model. The likelihood knows a customer only by frequency (repeat purchase days),
recency (days from the first to the last) and age (days from the first to the night), so
customers who share the three are one row with a count.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln, hyp2f1
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]
# Parameters are searched in logarithms of days scaled to about ten units: between
# these bounds no power of them leaves a double.
LOWEST, HIGHEST = -12.0, 12.0
SCALED_AGE = 10.0
TOLERANCE = 1e-12
POLE_WIDTH = 1e-6


class NotFittedError(Exception):
    """The model cannot be fitted on these rows; the message says why."""


@dataclass(frozen=True)
class Histories:
    """Grouped customers: repeats, recency and age in days, and how many are alike."""

    frequency: Floats
    recency: Floats
    age: Floats
    count: Floats


@dataclass(frozen=True)
class Purchasing:
    """The fitted parameters; ``alpha`` is in days."""

    r: float
    alpha: float
    a: float
    b: float

    def as_json(self) -> dict[str, float]:
        """Return the parameters as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Purchasing":
        """Return the parameters that `as_json` gave."""
        return cls(**{name: float(plain[name]) for name in ("r", "alpha", "a", "b")})


def fit(histories: Histories) -> Purchasing:
    """Return the parameters of the greatest likelihood.

    Raises:
        NotFittedError: nobody bought twice, or the search did not end.
    """
    if not (histories.frequency > 0).any():
        raise NotFittedError("nobody bought on a second day")
    scale = SCALED_AGE / float(histories.age.max())
    likelihood = Likelihood(histories, scale)
    start = np.array([0.0, 0.0, 0.0, 0.0])
    # only training needs it, and it loads slowly
    from scipy.optimize import minimize

    # one thread: sums in another order would differ in their last digits
    with threadpool_limits(1):
        found = minimize(
            likelihood,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(LOWEST, HIGHEST)] * 4,
            options={"ftol": TOLERANCE, "gtol": 1e-9, "maxiter": 2000},
        )
    if not np.isfinite(found.fun):
        raise NotFittedError("the search for the greatest likelihood did not end")
    r, alpha, a, b = (math.exp(value) for value in found.x)
    return Purchasing(r, alpha / scale, a, b)


class Likelihood:
    """Minus the mean log-likelihood and its gradient, in logarithms of the parameters.

    Gammas depend on the frequency alone and logarithms on recency or age alone, so each
    is worked out once per distinct value and then looked up.
    """

    def __init__(self, histories: Histories, scale: float) -> None:
        """Prepare the distinct values of ``histories``, times multiplied by ``scale``."""
        self.weight = histories.count / histories.count.sum()
        self.x, self.at_x = np.unique(histories.frequency, return_inverse=True)
        self.recency, self.at_recency = np.unique(
            histories.recency * scale, return_inverse=True
        )
        self.age, self.at_age = np.unique(histories.age * scale, return_inverse=True)
        self.weight_of_x = np.bincount(self.at_x, self.weight, self.x.size)
        self.repeats = np.flatnonzero(histories.frequency > 0)

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        """Return the value and the gradient at ``logs``: r, alpha, a, b."""
        r, alpha, a, b = np.exp(logs)
        x, of_x = self.x, self.weight_of_x
        value = float(
            of_x
            @ (
                gammaln(r + x)
                - gammaln(r)
                + r * np.log(alpha)
                + gammaln(a + b)
                + gammaln(b + x)
                - gammaln(b)
                - gammaln(a + b + x)
            )
        )
        to_r = of_x @ (digamma(r + x) - digamma(r) + np.log(alpha))
        to_ab = of_x @ (digamma(a + b) - digamma(a + b + x))
        to_b = to_ab + of_x @ (digamma(b + x) - digamma(b))
        to_alpha, to_a = r / alpha, to_ab

        # ln(A + B): still a customer, or gone right after the last purchase
        log_age = np.log(alpha + self.age)[self.at_age]
        power = r + x[self.at_x]
        still = -power * log_age
        total = still.copy()
        rows = self.repeats
        left = b + x[self.at_x[rows]] - 1.0
        log_recency = np.log(alpha + self.recency)[self.at_recency[rows]]
        gone = np.log(a) - np.log(left) - power[rows] * log_recency
        total[rows] = np.logaddexp(still[rows], gone)
        value += float(self.weight @ total)

        share_gone = np.zeros_like(total)
        share_gone[rows] = np.exp(gone - total[rows])
        w_still = self.weight * (1.0 - share_gone)
        w_gone = (self.weight * share_gone)[rows]
        to_r += -(w_still @ log_age) - w_gone @ log_recency
        over_age = 1.0 / (alpha + self.age)[self.at_age]
        over_recency = 1.0 / (alpha + self.recency)[self.at_recency[rows]]
        to_alpha += -(w_still @ (power * over_age))
        to_alpha += -(w_gone @ (power[rows] * over_recency))
        to_a += w_gone.sum() / a
        to_b += -(w_gone @ (1.0 / left))
        gradient = np.array([to_r * r, to_alpha * alpha, to_a * a, to_b * b])
        return -value, -gradient


def alive(model: Purchasing, frequency: Floats, recency: Floats, age: Floats) -> Floats:
    """Return the probability that customers are still customers; 1 without a repeat."""
    return 1.0 / (1.0 + odds_gone(model, frequency, recency, age))


def odds_gone(
    model: Purchasing, frequency: Floats, recency: Floats, age: Floats
) -> Floats:
    """Return the odds of having left after the last purchase; 0 without a repeat."""
    power = model.r + frequency
    ratio = np.log(model.alpha + age) - np.log(model.alpha + recency)
    left = np.maximum(model.b + frequency - 1.0, 1e-12)
    odds = np.exp(np.minimum(math.log(model.a) - np.log(left) + power * ratio, 700.0))
    found: Floats = np.where(frequency > 0, odds, 0.0)
    return found


def expected(
    model: Purchasing, frequency: Floats, recency: Floats, age: Floats, days: float
) -> Floats:
    """Return the purchase days that customers are expected to have in ``days``.

    Equation 10 of the paper. Its first part does not know the recency, so it is worked
    out once per distinct frequency and age. Where buyers are regular, r and alpha grow
    without end and the formula leaves what a double holds; there its limit stands in.
    """
    pairs, at = np.unique(
        np.column_stack([frequency, age]), axis=0, return_inverse=True
    )
    x, old = pairs[:, 0], pairs[:, 1]
    # the formula has a removable pole at a = 1
    a = model.a if abs(model.a - 1.0) > POLE_WIDTH else 1.0 + POLE_WIDTH
    z = days / (model.alpha + old + days)
    hyper = hyp2f1(model.r + x, model.b + x, a + model.b + x - 1.0, z)
    shrink = np.exp(
        (model.r + x) * (np.log(model.alpha + old) - np.log(model.alpha + old + days))
    )
    with np.errstate(all="ignore"):
        of_pair = (a + model.b + x - 1.0) / (a - 1.0) * (1.0 - shrink * hyper)
    most = (model.r + x) / (model.alpha + old) * days
    # nobody buys more than who never leaves: more is an error of the formula's sums
    is_right = np.isfinite(of_pair) & (of_pair <= most * (1.0 + POLE_WIDTH))
    of_pair = np.where(is_right, of_pair, at_known_rate(model, x, old, days))
    found = of_pair[at.ravel()] * alive(model, frequency, recency, age)
    limited: Floats = np.maximum(found, 0.0)
    return limited


def at_known_rate(
    model: Purchasing, frequency: Floats, age: Floats, days: float
) -> Floats:
    """Return what `expected` nears for customers who are still ones, as r grows.

    Equation 7 of the paper: at rate lambda and with the chance p to leave after each
    purchase, (1 - exp(-lambda p t)) / p are expected in t days. Who is still a customer
    has a rate Gamma(r + x, alpha + T), whose spread over its mean, 1 / sqrt(r + x), goes
    to 0 as r grows, and a chance Beta(a, b + x): lambda is (r + x) / (alpha + T), and for
    p stands its mean a / (a + b + x). As p goes to 0 that is lambda t.
    """
    rate = (model.r + frequency) / (model.alpha + age)
    leaves = model.a / (model.a + model.b + frequency)
    # below it the limit lambda t is the value to the last digit
    smallest = 1e-16
    left = np.maximum(leaves * rate * days, smallest)
    found: Floats = rate * days * -np.expm1(-left) / left
    return found


def median_wait(model: Purchasing, frequency: Floats, age: Floats) -> Floats:
    """Return in how many days a customer who is still one buys again, at even odds.

    The rate of such a customer is Gamma(r + x, alpha + T), so the chance of no purchase
    in t days is ((alpha + T) / (alpha + T + t)) ** (r + x).
    """
    growth = np.minimum(math.log(2.0) / (model.r + frequency), 50.0)
    wait: Floats = (model.alpha + age) * np.expm1(growth)
    return wait
