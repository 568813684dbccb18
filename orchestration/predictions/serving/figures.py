"""How good probabilities were: order, error and calibration on what came."""

from collections.abc import Sequence

import numpy as np

from orchestration.predictions.lifetime.bgnbd import Floats
from orchestration.predictions.serving.cards import CalibrationPoint

POINTS = 10


def auc(scores: Floats, happened: Floats) -> float:
    """Return the chance that one who did scores above one who did not; ties count half.

    The area under the ROC curve by ranks (Mann and Whitney, 1947).
    """
    from scipy.stats import rankdata

    yes = float(happened.sum())
    no = happened.size - yes
    if yes == 0 or no == 0:
        return float("nan")
    ranks = rankdata(scores)[happened > 0].sum()
    return float((ranks - yes * (yes + 1) / 2) / (yes * no))


def brier(scores: Floats, happened: Floats) -> float:
    """Return the mean squared error of probabilities."""
    return float(np.mean((scores - happened) ** 2))


def calibration(
    scores: Floats, happened: Floats, points: int = POINTS
) -> tuple[CalibrationPoint, ...]:
    """Return groups of about equal size by score: mean score, and the share who did.

    Equal scores are never parted.
    """
    if scores.size == 0:
        return ()
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, points + 1)[1:-1]))
    groups = np.searchsorted(edges, scores, side="left")
    return tuple(
        CalibrationPoint(
            float(scores[groups == one].mean()),
            float(happened[groups == one].mean()),
            int((groups == one).sum()),
        )
        for one in np.unique(groups)
    )


def calibration_error(points: Sequence[CalibrationPoint]) -> float:
    """Return how far the groups are off, weighed by their rows (ECE)."""
    rows = sum(one.rows for one in points)
    return sum(one.rows * abs(one.predicted - one.observed) for one in points) / rows


def figures(scores: Floats, happened: Floats) -> dict[str, float]:
    """Return every figure of a score by name."""
    return {
        "auc": auc(scores, happened),
        "brier": brier(scores, happened),
        "calibration_error": calibration_error(calibration(scores, happened)),
        "predicted_share": float(scores.mean()),
        "observed_share": float(happened.mean()),
    }
