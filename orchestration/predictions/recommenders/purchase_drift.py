"""How far a recommender's scores moved since it was trained, told by a sample of customers.

Of each the score of the product that it holds likeliest: where people buy otherwise than
in training, these move first. A sample, because everybody's would cost a night's lists
again.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from orchestration.predictions.recommenders.past import Past
from orchestration.predictions.recommenders.purchases import Floats
from orchestration.predictions.recommenders.ranker import IMPOSSIBLE, Ranker
from orchestration.predictions.serving.score_drift import bins_of, drift_since

CUSTOMERS = 2_000


def best_scores(past: Past, ranker: Ranker) -> Mapping[str, Floats]:
    """Return the highest score of each customer of the sample, spread over all of them."""
    bought = np.flatnonzero(np.diff(past.counts.indptr))
    step = -(-len(bought) // CUSTOMERS) or 1
    found = [
        ranker.scores(past, customers).max(axis=1, initial=IMPOSSIBLE)
        for customers in past.blocks(bought[::step])
    ]
    return {"best_score": np.concatenate(found) if found else np.zeros(0)}


def score_bins(past: Past, ranker: Ranker) -> dict[str, Any]:
    """Return how the sample's scores are spread, as JSON to be kept with the ranker."""
    return bins_of(best_scores(past, ranker))


def score_drift(past: Past, parameters: Mapping[str, Any]) -> float | None:
    """Return the PSI of the sample's scores since the training of ``parameters``.

    None where it cannot be told: no bins were kept, or there are fewer than 500 customers
    on either side.
    """
    bins = parameters.get("bins")
    if not bins or not len(past.purchases):
        return None
    return drift_since(bins, best_scores(past, Ranker.from_json(parameters["ranker"])))
