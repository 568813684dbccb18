"""A model whose scores have moved is trained again before its month is over."""

import json

import numpy as np

from orchestration.predictions.serving.score_drift import bins_of, drift_since
from orchestration.watching.psi import DRIFTED

SCORES = np.linspace(0.01, 0.99, 1000) ** 2


def test_the_same_scores_have_not_moved_and_others_have() -> None:
    bins = json.loads(json.dumps(bins_of({"score": SCORES})))

    assert drift_since(bins, {"score": SCORES}) == 0
    assert (drift_since(bins, {"score": SCORES * 0.98}) or 0) < 0.1
    assert (drift_since(bins, {"score": SCORES * 0.5}) or 0) > DRIFTED


def test_few_scores_tell_nothing() -> None:
    bins = bins_of({"score": SCORES})

    assert drift_since(bins, {"score": SCORES[:499]}) is None
    assert drift_since(bins_of({"score": SCORES[:499]}), {"score": SCORES}) is None


def test_scores_that_are_all_the_same_or_missing_are_a_bin() -> None:
    same = np.full(600, 0.25)
    bins = bins_of({"score": same})

    assert drift_since(bins, {"score": same}) == 0
    assert (drift_since(bins, {"score": np.full(600, np.nan)}) or 0) > DRIFTED
