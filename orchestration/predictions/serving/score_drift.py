"""How far a model's scores are tonight from those on the night that trained it.

Scores, not features: a recency moves with the weekday of the last mail without any change
in what people do.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from orchestration.predictions.propensity.logistic import Features
from orchestration.watching.psi import DIGITS, FEWEST_ROWS, NUMBER, Distribution, index

DECILES = np.linspace(0.1, 0.9, 9)


def bins_of(features: Features) -> dict[str, Any]:
    """Return the rows of each column by its own deciles, as JSON."""
    found = {}
    for name in sorted(features):
        values = features[name]
        known = values[~np.isnan(values)]
        edges = (
            np.unique(np.round(np.quantile(known, DECILES), DIGITS)).tolist()
            if known.size
            else []
        )
        found[name] = {"edges": edges, **counted(values, edges)}
    return found


def counted(values: Any, edges: list[float]) -> dict[str, Any]:
    """Return the rows between ``edges``, and those without a value."""
    known = np.round(values[~np.isnan(values)], DIGITS)
    places = np.searchsorted(np.array(edges), known, side="left")
    counts = np.bincount(places, minlength=len(edges) + 1)
    return {"counts": counts.tolist(), "nulls": int(values.size - known.size)}


def drift_since(bins: Mapping[str, Any], features: Features) -> float | None:
    """Return the largest PSI of a column; None where either side has under 500 rows."""
    found = []
    for name, then in bins.items():
        now = counted(features[name], then["edges"])
        edges = tuple(then["edges"])
        before = Distribution(NUMBER, edges, tuple(then["counts"]), then["nulls"])
        tonight = Distribution(NUMBER, edges, tuple(now["counts"]), now["nulls"])
        if min(before.rows, tonight.rows) < FEWEST_ROWS:
            return None
        found.append(index(before, tonight))
    return max(found, default=None)
