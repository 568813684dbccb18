"""Lifetime values: fit and foretell, against the `lifetimes` package on the same customers.

Run it with ``python tests/benchmarks/bench_ltv.py``; the package is no dependency, install
it beside ours for this: ``pip install --no-deps lifetimes==0.11.3 autograd dill``. Both get
one row per customer (frequency, recency, age in days), fit BG/NBD and Gamma-Gamma, and
foretell orders of 90 days and worth of an order of every customer. Ours groups customers
who are alike within the time that is measured. Parameters and foretold orders are compared
first; rounds are interleaved and medians printed, of the processors' own time.
"""

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from orchestration.predictions.lifetime import bgnbd, gamma_gamma
from orchestration.predictions.lifetime.bgnbd import Purchasing
from orchestration.predictions.lifetime.lifetime import Buyers, grouped

CUSTOMERS = (20_000, 100_000)
ROUNDS = 3
DAYS, YEAR = 90, 365
# What Fader, Hardie and Lee (2005) fitted on the CDNOW customers, in days.
TRUTH = Purchasing(r=0.243, alpha=30.9, a=0.793, b=2.426)
Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def customers(number: int) -> Columns:
    """Return frequency, recency, age and mean worth of simulated customers."""
    draw = np.random.default_rng(7)
    age = draw.integers(30, YEAR, number).astype(float)
    rate = draw.gamma(TRUTH.r, 1 / TRUTH.alpha, number)
    leaves = draw.beta(TRUTH.a, TRUTH.b, number)
    frequency, recency, clock = np.zeros((3, number))
    still = np.ones(number, dtype=bool)
    while still.any():
        clock += draw.exponential(1.0, number) / np.maximum(rate, 1e-9)
        still &= clock <= age
        frequency += still
        recency = np.where(still, np.floor(clock), recency)
        still &= draw.random(number) >= leaves
    shape = 6.0 * np.maximum(frequency, 1)
    worth = draw.gamma(shape, 1 / shape) * 36.0 * 3 / draw.gamma(4.0, 1.0, number)
    return frequency, recency, age, worth


def ours(columns: Columns) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Fit and foretell with this package."""
    frequency, recency, age, worth = columns
    buyers = Buyers(
        date.min, np.empty(0, object), frequency, recency, age, frequency, worth, worth
    )
    fitted = bgnbd.fit(grouped(buyers))
    orders = bgnbd.expected(fitted, frequency, recency, age, DAYS)
    again = frequency > 0
    spending = gamma_gamma.fit(frequency[again], worth[again])
    values = gamma_gamma.expected(spending, frequency, worth)
    found = [fitted.r, fitted.alpha, fitted.a, fitted.b]
    return [*found, spending.p, spending.q, spending.v], orders, values


def theirs(columns: Columns) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Fit and foretell with lifetimes."""
    import lifetimes
    import pandas as pd

    frequency, recency, age, worth = (pd.Series(one) for one in columns)
    fitted = lifetimes.BetaGeoFitter()
    fitted.fit(frequency, recency, age)
    orders = fitted.conditional_expected_number_of_purchases_up_to_time(
        DAYS, frequency, recency, age
    )
    again = frequency > 0
    spending = lifetimes.GammaGammaFitter()
    spending.fit(frequency[again], worth[again])
    values = spending.conditional_expected_average_profit(frequency, worth)
    found = [fitted.params_[one] for one in ("r", "alpha", "a", "b")]
    found += [spending.params_[one] for one in ("p", "q", "v")]
    return found, np.asarray(orders), np.asarray(values)


def seconds(work: Callable[[Columns], Any], columns: Columns) -> float:
    """Return the processor time of one call."""
    start = time.process_time()
    work(columns)
    return time.process_time() - start


def main() -> None:
    """Compare, then measure."""
    warnings.simplefilter("ignore")
    try:
        import lifetimes  # noqa: F401
    except ImportError:
        print(
            "lifetimes is not installed, so there is nothing to measure against: "
            "pip install --no-deps lifetimes==0.11.3 autograd dill"
        )
        return
    for number in CUSTOMERS:
        columns = customers(number)
        mine, my_orders, my_values = ours(columns)
        other, orders, values = theirs(columns)
        apart = max(abs(a - b) / abs(b) for a, b in zip(mine, other, strict=True))
        foretold = float(np.abs(my_orders - orders).max())
        again = columns[0] > 0
        worth = float(np.abs(my_values - values)[again].max())
        times: dict[str, list[float]] = {"ours": [], "lifetimes": []}
        for turn in range(ROUNDS):
            pairs = [("ours", ours), ("lifetimes", theirs)]
            for name, work in pairs if turn % 2 else reversed(pairs):
                times[name].append(seconds(work, columns))
        medians = {name: statistics.median(found) for name, found in times.items()}
        print(
            f"{number:>9,} customers: ratio {medians['ours'] / medians['lifetimes']:.3f} "
            f"(ours {medians['ours']:.2f} s, lifetimes {medians['lifetimes']:.2f} s); "
            f"parameters differ by {apart:.1e} of themselves, foretold orders by "
            f"{foretold:.1e}, worth by {worth:.1e}"
        )


if __name__ == "__main__":
    main()
