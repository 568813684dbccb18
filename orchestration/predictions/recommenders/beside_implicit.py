"""The models of the library `implicit` on the same split, as it advises to use them.

Alternating least squares, Bayesian personalised ranking, and neighbours by BM25 and by
cosine; its defaults, one thread and a seed, because BPR differs between threads.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from threadpoolctl import threadpool_limits

from orchestration.predictions.recommenders.judging import LENGTH
from orchestration.predictions.recommenders.past import Past
from orchestration.predictions.recommenders.purchases import Ints

SEED = 7
MODELS: Mapping[str, Callable[[], Any]] = {
    "implicit_als": lambda: AlternatingLeastSquares(random_state=SEED, num_threads=1),
    "implicit_bpr": lambda: BayesianPersonalizedRanking(
        random_state=SEED, num_threads=1
    ),
    "implicit_bm25": lambda: BM25Recommender(num_threads=1),
    "implicit_cosine": lambda: CosineRecommender(num_threads=1),
}


def implicit_recommenders(past: Past) -> dict[str, Callable[[Ints, bool], Ints]]:
    """Return the four models, each fitted on how often what was bought before."""
    counts = sp.csr_matrix(past.counts.astype(np.float32))
    with threadpool_limits(1):
        return {name: fitted(make(), counts) for name, make in MODELS.items()}


def fitted(model: Any, counts: sp.csr_matrix) -> Callable[[Ints, bool], Ints]:
    """Return what makes lists of ten with ``model``."""
    with threadpool_limits(1), warnings.catch_warnings():
        # it converts a matrix of its own, and warns of that
        warnings.simplefilter("ignore")
        model.fit(counts, show_progress=False)

    def lists(customers: Ints, is_new: bool) -> Ints:
        found, _ = model.recommend(
            customers,
            counts[customers],
            N=LENGTH,
            filter_already_liked_items=is_new,
        )
        return np.asarray(found, dtype=np.int64)

    return lists
