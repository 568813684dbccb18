"""A score between 0 and 1 from features: logistic regression on hinges, kept as JSON.

Each feature enters as its logarithm with hinges at quantiles, so that a score may bend,
and as a mark where it is missing. Fitted by scikit-learn; a score is then a sum that
anybody can check by hand from the parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from orchestration.predictions.lifetime.bgnbd import Floats

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
STRENGTH = 0.05
DIGITS = 6
SMALLEST = 1e-6
Features = Mapping[str, Floats]


@dataclass(frozen=True)
class Shape:
    """How one feature enters: its hinges, and mean and scale of each column made of it.

    ``highest`` is the largest logarithm in training: what lies above it counts as that
    much, because nobody can know how a score goes on there.
    """

    name: str
    highest: float
    knots: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]


@dataclass(frozen=True)
class Scorer:
    """A fitted score; ``slope`` and ``shift`` set it right on later data (Platt)."""

    shapes: tuple[Shape, ...]
    weights: tuple[float, ...]
    intercept: float
    slope: float = 1.0
    shift: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the parameters as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Scorer":
        """Return the score that `as_json` gave."""
        shapes = tuple(
            Shape(
                one["name"],
                one["highest"],
                tuple(one["knots"]),
                tuple(one["means"]),
                tuple(one["scales"]),
            )
            for one in plain["shapes"]
        )
        return cls(
            shapes,
            tuple(plain["weights"]),
            plain["intercept"],
            plain["slope"],
            plain["shift"],
        )

    def logits(self, features: Features) -> Floats:
        """Return the log-odds before they are set right."""
        columns = np.column_stack([scaled(shape, features) for shape in self.shapes])
        found: Floats = columns @ np.array(self.weights) + self.intercept
        return found

    def predict(self, features: Features) -> Floats:
        """Return the probabilities, rounded to six digits."""
        logits = np.clip(self.slope * self.logits(features) + self.shift, -30, 30)
        found: Floats = np.round(1.0 / (1.0 + np.exp(-logits)), DIGITS)
        return found


def fit(
    features: Features,
    happened: Floats,
    later: tuple[Features, Floats] | None = None,
) -> Scorer:
    """Return the score fitted on rows of ``features``, of which ``happened`` is 0 or 1.

    With ``later``, rows of a later day, it is set right on those: slope and shift of its
    log-odds (Platt, 1999), which an optimistic score needs.
    """
    shapes = tuple(shape_of(name, features[name]) for name in sorted(features))
    columns = np.column_stack([scaled(shape, features) for shape in shapes])
    weights, intercept = regress(columns, happened, STRENGTH)
    scorer = Scorer(shapes, tuple(weights), intercept)
    return set_right(scorer, *later) if later else scorer


def set_right(scorer: Scorer, features: Features, happened: Floats) -> Scorer:
    """Return ``scorer`` with slope and shift from rows that it was not fitted on."""
    logits = scorer.logits(features)
    # a slope that turns the order round, or trusts too much, is chance in few rows
    (slope,), shift = regress(logits[:, None], happened, 1.0)
    slope = float(np.clip(slope, 0.5, 1.5))
    return Scorer(scorer.shapes, scorer.weights, scorer.intercept, slope, shift)


def regress(
    columns: Floats, happened: Floats, strength: float
) -> tuple[list[float], float]:
    """Return weights and intercept of a penalised logistic regression, rounded."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=strength, solver="newton-cholesky", max_iter=100, tol=1e-8
    )
    # sums in another order would differ in their last digits
    with threadpool_limits(1):
        model.fit(columns, happened)
    return (
        [round(float(one), DIGITS) for one in model.coef_[0]],
        round(float(model.intercept_[0]), DIGITS),
    )


def shape_of(name: str, values: Floats) -> Shape:
    """Return how the feature enters, from the rows that have it."""
    known = logarithm(values[~np.isnan(values)])
    if known.size == 0:
        known = np.zeros(1)
    edges = np.round(np.quantile(known, QUANTILES), DIGITS)
    knots = tuple(
        float(one) for one in np.unique(edges) if known.min() < one < known.max()
    )
    highest = round(float(known.max()), DIGITS)
    columns = hinges(highest, knots, values)
    scales = np.round(columns.std(axis=0), DIGITS)
    return Shape(
        name,
        highest,
        knots,
        tuple(np.round(columns.mean(axis=0), DIGITS).tolist()),
        tuple(np.where(scales < SMALLEST, 1.0, scales).tolist()),
    )


def scaled(shape: Shape, features: Features) -> Floats:
    """Return the columns of one feature, centred and scaled as they were in training."""
    columns = hinges(shape.highest, shape.knots, features[shape.name])
    found: Floats = (columns - np.array(shape.means)) / np.array(shape.scales)
    return found


def hinges(highest: float, knots: Sequence[float], values: Floats) -> Floats:
    """Return the columns of a feature: missing, logarithm, and what lies above each knot."""
    missing = np.isnan(values)
    logs = np.minimum(logarithm(np.where(missing, 0.0, values)), highest)
    above = [np.maximum(logs - knot, 0.0) for knot in knots]
    return np.column_stack([missing.astype(np.float64), logs, *above])


def logarithm(values: Floats) -> Floats:
    """Return ln(1 + value); what is below 0 counts as 0."""
    found: Floats = np.log1p(np.maximum(values, 0.0))
    return found
