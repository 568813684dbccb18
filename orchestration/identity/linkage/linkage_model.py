"""A linkage model: what each outcome of a comparison is worth, kept as JSON.

Frequencies of names and towns are frozen with the model, so that a pair's weight does not
depend on the night. Only values that many records share are kept: they are nobody's own.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from orchestration.identity.linkage.comparisons import COMPARISONS, Comparison
from orchestration.identity.linkage.contradictions import CONTRADICTIONS

FORMAT = 1
# What a wrong join costs, a missed one being 1: a missed one writes to somebody twice, a
# wrong one writes to one person in the name of another. Records are joined from where the
# two are as likely to cost as much ...
WRONG_JOIN_COSTS = 2.0
JOINED_FROM = WRONG_JOIN_COSTS / (1 + WRONG_JOIN_COSTS)
# ... and further up where of all joins of the table more than so many would be wrong.
WRONG_AT_MOST = 0.01
# A pair from here on is listed for a human, and a no travels over it.
CLERICAL = 0.1


class ModelDamagedError(Exception):
    """A kept model is none, or is of another version of the comparisons."""


@dataclass(frozen=True)
class LinkageModel:
    """``levels`` holds (m, u) per comparison and level; the first is unknown: (1, 1).

    ``prior`` is the probability that two random records are one person's; ``frequencies``
    holds (share of records by value, share of a value that is not listed) by field.
    """

    levels: Mapping[str, Sequence[tuple[float, float]]]
    prior: float
    frequencies: Mapping[str, tuple[Mapping[str, float], float]] = field(
        default_factory=dict
    )
    certain: float = JOINED_FROM
    clerical: float = CLERICAL
    apart: tuple[str, ...] = CONTRADICTIONS
    evaluation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model_id(self) -> str:
        """A hash of all that decides a weight."""
        plain = {**self.plain(), "evaluation": None}
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
        return "m_" + hashlib.sha256(text.encode()).hexdigest()[:16]

    def plain(self) -> dict[str, Any]:
        """Return the model as JSON holds it."""
        return {
            "format": FORMAT,
            "prior": self.prior,
            "certain": self.certain,
            "clerical": self.clerical,
            "apart": list(self.apart),
            "levels": {
                one.name: [
                    {"level": level.label, "m": m, "u": u}
                    for level, (m, u) in zip(
                        one.levels, self.levels[one.name], strict=True
                    )
                ]
                for one in COMPARISONS
                if one.name in self.levels
            },
            "frequencies": {
                name: {"rare": rare, "values": dict(sorted(values.items()))}
                for name, (values, rare) in sorted(self.frequencies.items())
            },
            "evaluation": dict(self.evaluation),
        }


def base_model(comparisons: Sequence[Comparison] = COMPARISONS) -> LinkageModel:
    """Return the model that is used where none was trained: general, of no one file."""
    text = (
        files("orchestration.identity.linkage")
        .joinpath("base_model.json")
        .read_text("utf-8")
    )
    return read_model(text, comparisons)


def read_model(
    text: str, comparisons: Sequence[Comparison] = COMPARISONS
) -> LinkageModel:
    """Return the model that ``text`` holds as JSON, for ``comparisons``.

    Raises:
        ModelDamagedError: it is no model, or was made for other comparisons.
    """
    try:
        plain = json.loads(text)
        levels = {}
        for one in comparisons:
            kept = plain["levels"].get(one.name)
            if kept is None:
                continue
            if [level["level"] for level in kept] != [lv.label for lv in one.levels]:
                raise ModelDamagedError(
                    f"A linkage model compares {one.name} in other steps than now; fit "
                    "it anew: remove state/linkage_models and run the night again."
                )
            levels[one.name] = [(float(lv["m"]), float(lv["u"])) for lv in kept]
        frequencies = {
            name: (dict(kept["values"]), float(kept["rare"]))
            for name, kept in plain["frequencies"].items()
        }
        return LinkageModel(
            levels,
            float(plain["prior"]),
            frequencies,
            float(plain["certain"]),
            float(plain["clerical"]),
            tuple(plain.get("apart", CONTRADICTIONS)),
            plain["evaluation"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelDamagedError(
            f"A linkage model cannot be read ({type(error).__name__}); fit it "
            "anew: remove state/linkage_models and run the night again."
        ) from None
