"""How far two distributions of one column are apart: the population stability index.

PSI = sum((p - q) * ln(p / q)) over bins, as in Siddiqi, Credit Risk Scorecards (2006).
Below 0.1 nothing moved, above 0.25 a column drifted: convention, not a test.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

MOVED, DRIFTED = 0.1, 0.25
# A share of nothing would make the index infinite.
SMALLEST_SHARE = 1e-4
# Between two samples of one population the index is about 9 * (1/n + 1/m) with ten bins:
# 0.04 at 500 rows each, and above 0.1 by chance alone at 150.
FEWEST_ROWS = 500
DIGITS = 6
NUMBER, CATEGORY = "number", "category"
PREVIOUS, REFERENCE = "previous night", "reference"


@dataclass(frozen=True, order=True)
class Watched:
    """A column that the yml marks with `drift: true`; ``mart`` is its table."""

    mart: str
    column: str


@dataclass(frozen=True)
class Distribution:
    """Rows of one column by bin.

    The bounds of a number are upper edges, of a category labels; the last bin is what
    lies above all edges, or has none of the labels.
    """

    kind: str
    bounds: tuple[Any, ...]
    counts: tuple[int, ...]
    nulls: int

    @property
    def rows(self) -> int:
        """All rows, those without a value included."""
        return sum(self.counts) + self.nulls


@dataclass(frozen=True)
class Shift:
    """How far a column is tonight from what it was at ``night``.

    ``psi`` is None where it is not knowable: no such night, too few rows, another type.
    """

    watched: Watched
    compared_with: str
    night: date | None
    rows: int
    psi: float | None

    @property
    def verdict(self) -> str:
        """`steady`, `moved`, `drifted`, or `not knowable`."""
        if self.psi is None:
            return "not knowable"
        if self.psi > DRIFTED:
            return "drifted"
        return "moved" if self.psi >= MOVED else "steady"

    @property
    def sentence(self) -> str:
        """What a person should know of it."""
        psi = "–" if self.psi is None else f"{self.psi:.2f}"
        night = f" ({self.night.isoformat()})" if self.night else ""
        return (
            f"{self.watched.mart}.{self.watched.column}: PSI {psi} against the "
            f"{self.compared_with}{night}: {self.verdict}."
        )


def index(then: Distribution, now: Distribution) -> float:
    """Return the population stability index of two distributions over the same bins.

    Rows without a value are a bin of their own. A share below 1e-4 counts as 1e-4.
    """
    total = 0.0
    for one, other in zip(
        (*then.counts, then.nulls), (*now.counts, now.nulls), strict=True
    ):
        p = max(one / then.rows, SMALLEST_SHARE)
        q = max(other / now.rows, SMALLEST_SHARE)
        total += (q - p) * math.log(q / p)
    return round(total, DIGITS)


def drift_table(shifts: Sequence[Shift]) -> list[str]:
    """Return the night's PSI figures as a table: the largest first.

    What has nothing to be compared with is counted in one line.
    """
    known = [one for one in shifts if one.psi is not None]
    unknown = len({one.watched for one in shifts} - {one.watched for one in known})
    rest = (
        f"{unknown} columns have nothing to be compared with yet: that takes an earlier "
        f"night in which {FEWEST_ROWS} rows or more had a value."
    )
    if not known:
        return [rest]
    lines = [f"{'column':<44}{'compared with':<30}{'rows':>10}{'psi':>9}  verdict"]
    for shift in sorted(known, key=lambda one: -(one.psi or 0.0)):
        night = f" {shift.night.isoformat()}" if shift.night else ""
        psi = "–" if shift.psi is None else f"{shift.psi:.4f}"
        lines.append(
            f"{shift.watched.mart + '.' + shift.watched.column:<44}"
            f"{shift.compared_with + night:<30}{shift.rows:>10,}{psi:>9}  {shift.verdict}"
        )
    return [*lines, *([rest] if unknown else [])]
