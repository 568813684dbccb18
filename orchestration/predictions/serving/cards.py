"""The card of a model: what it was made from, and how it did on what came after.

A model is judged at several origins. At an origin it is trained on what was known then
and tested on what came in the window after; a baseline stands beside it, tested on the
same rows. Cards are JSON; nothing of a model is ever pickled.
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

DIGITS = 6
FEWEST_ORIGINS = 3


@dataclass(frozen=True)
class Origin:
    """One test: trained on what was known at ``at``, tested on ``rows`` rows after it.

    ``model`` and ``baseline`` map a figure's name to its value on the same rows.
    """

    at: date
    rows: int
    model: Mapping[str, float]
    baseline: Mapping[str, float]


@dataclass(frozen=True)
class GroupFigure:
    """How the model did in one group: a ``dimension`` such as age_band, and its value."""

    dimension: str
    value: str
    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class CalibrationPoint:
    """Rows with a like prediction: their mean prediction, and what came."""

    predicted: float
    observed: float
    rows: int


@dataclass(frozen=True)
class ModelCard:
    """What a person who relies on the model should know; see the module.

    ``gap`` is the judged figure on the training rows less that on the holdout rows.
    ``fallback_share`` is the share of people whom the model gives nothing of their own.
    """

    model: str
    version: str
    night: date
    data_from: date | None
    data_to: date | None
    rows: int
    features: tuple[str, ...]
    baseline: str
    judged_by: str
    origins: tuple[Origin, ...]
    gap: float | None
    minimum_data: str
    is_promoted: bool
    reason: str
    fallback_share: float | None = None
    groups: tuple[GroupFigure, ...] = ()
    calibration: tuple[CalibrationPoint, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the card as plain JSON, with mean and spread over its origins."""
        plain = asdict(self)
        plain["holdout"] = {
            "model": summarise([origin.model for origin in self.origins]),
            "baseline": summarise([origin.baseline for origin in self.origins]),
        }
        found: dict[str, Any] = rounded(json.loads(json.dumps(plain, default=_date)))
        return found


def summarise(figures: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return mean and spread (sample standard deviation) of each figure; 0 for one."""
    names = sorted({name for one in figures for name in one})
    values = {name: [one[name] for one in figures if name in one] for name in names}
    return {
        name: {
            "mean": statistics.fmean(of_name),
            "spread": statistics.stdev(of_name) if len(of_name) > 1 else 0.0,
        }
        for name, of_name in values.items()
    }


def rounded(value: Any) -> Any:
    """Return ``value`` with every number in it rounded to six digits."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return value


def _date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a card cannot hold a {type(value).__name__}")
