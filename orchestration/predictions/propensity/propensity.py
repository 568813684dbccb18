"""How likely people are to buy, to stop buying, to click: trained then, tested after.

Every model is a `Propensity`: who is asked about, what counts as it having happened, in
how many days. Features come from SQL (`macros/predictions.sql`) and know nothing that
happened, or became known, after their day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from orchestration.predictions.lifetime.bgnbd import Floats
from orchestration.predictions.propensity import logistic
from orchestration.predictions.propensity.logistic import Features, Scorer
from orchestration.predictions.propensity.traits import Traits, group_figures
from orchestration.predictions.serving import figures
from orchestration.predictions.serving.cards import (
    FEWEST_ORIGINS,
    ModelCard,
    Origin,
)
from orchestration.predictions.serving.promotion import TrainedModel, judge, keep
from orchestration.predictions.serving.templates import features_sql, outcomes_sql

STEP = 30
A_YEAR = 365
MOST_TRAINING_DAYS = 6
FEWEST_OF_EACH = 100
MOST_ROWS_A_DAY = 200_000
Names = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Propensity:
    """A question about people: whether ``deed`` happens within ``days``.

    ``happens`` is false where the question is whether it does not. ``asked`` tells from
    the features who is asked about, ``who`` says that in words; the baseline knows
    ``recency`` alone. ``lookback`` days of history are needed before the first training
    day.
    """

    name: str
    deed: str
    days: int
    happens: bool
    recency: str
    asked: Callable[[Features], npt.NDArray[np.bool_]]
    who: str
    lookback: int

    @property
    def step(self) -> int:
        """Days between two origins, and between two training days."""
        return min(STEP, self.days)

    @property
    def days_needed(self) -> int:
        """Days of history without which three origins cannot be tested."""
        origins = (FEWEST_ORIGINS - 1) * self.step
        return self.days + origins + self.days + self.lookback


PROPENSITIES: Mapping[str, Propensity] = {
    one.name: one
    for one in (
        Propensity(
            "buy_30", "order", 30, True, "days_since_order",
            lambda f: ~np.isnan(f["days_since_order"]),
            "who ever bought", 30,
        ),
        Propensity(
            "churn_90", "order", 90, False, "days_since_order",
            lambda f: f["days_since_order"] < A_YEAR,
            "who bought within 365 days", 90,
        ),
        Propensity(
            "click_14", "click", 14, True, "days_since_click",
            lambda f: f["mails_90"] > 0,
            "who got a mail within 90 days", 14,
        ),
    )
}  # fmt: skip


class TooLittleDataError(Exception):
    """There is not enough to train on; the message says what is missing."""


@dataclass(frozen=True)
class Known:
    """What was known of the people who are asked about, on one day, in order of id."""

    at: date
    people: Names
    features: Features

    def only(self, rows: npt.NDArray[np.bool_]) -> "Known":
        """Return the people of ``rows``."""
        chosen = {name: values[rows] for name, values in self.features.items()}
        return Known(self.at, self.people[rows], chosen)


class Days:
    """Features and outcomes of days, read once each from a table of deeds."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, deeds: str, first: date
    ) -> None:
        """Read from ``deeds``, whose history begins on ``first``."""
        self.connection = connection
        self.deeds = deeds
        self.first = first
        self._known: dict[date, Known] = {}

    def since(self, deed: str) -> date | None:
        """Return the first day on which anybody did ``deed``; None where nobody has."""
        query = f"select min(deed_date) from {self.deeds} where deed = ?"
        row = self.connection.execute(query, [deed]).fetchone()
        return row[0] if row else None

    def known(self, at: date) -> Known:
        """Return what was known of everybody at the end of ``at``."""
        if at not in self._known:
            query = (
                f"select * from ({features_sql(self.deeds, at)}) order by profile_id"
            )
            columns = self.connection.execute(query).fetchnumpy()
            people = np.asarray(columns.pop("profile_id"), dtype=object)
            features = {name: as_floats(values) for name, values in columns.items()}
            self._known[at] = Known(at, people, features)
        return self._known[at]

    def asked(self, one: Propensity, at: date) -> Known:
        """Return those who are asked about."""
        known = self.known(at)
        return known.only(one.asked(known.features))

    def sample(self, one: Propensity, at: date) -> Known:
        """Return those who are asked about, evenly thinned out to 200,000 of them."""
        known = self.asked(one, at)
        every = -(-known.people.size // MOST_ROWS_A_DAY)
        return known.only(np.arange(known.people.size) % max(every, 1) == 0)

    def happened(self, one: Propensity, known: Known, known_by: date) -> Floats:
        """Return 1 for those of ``known`` to whom it happened, as known by a day."""
        query = outcomes_sql(self.deeds, one.deed, known.at, one.days, known_by)
        rows = self.connection.execute(query).fetchall()
        did = {row[0] for row in rows}
        found = np.array([person in did for person in known.people], dtype=np.float64)
        return found if one.happens else 1.0 - found


def as_floats(values: Any) -> Floats:
    """Return a column as doubles; null is NaN."""
    floats = np.ma.masked_array(values).astype(np.float64)
    found: Floats = np.ma.filled(floats, np.nan)
    return found


def train(days: Days, one: Propensity, at: date) -> tuple[Scorer, Scorer, int]:
    """Return model and baseline trained on what was known at ``at``, and their rows.

    Raises:
        TooLittleDataError: the history is too short, or one of both outcomes is too rare.
    """
    last = at - timedelta(days=one.days)
    training_days = [
        last - timedelta(days=one.step * n) for n in range(MOST_TRAINING_DAYS)
    ]
    enough = timedelta(days=one.lookback)
    chosen = [day for day in training_days if day - days.first >= enough]
    samples = []
    for day in chosen:
        known = days.sample(one, day)
        samples.append((known.features, days.happened(one, known, at)))
    require(one, samples)
    everything = [logistic_rows(samples)]
    model = fit_calibrated(samples, everything[0], None)
    baseline = fit_calibrated(samples, everything[0], (one.recency,))
    return model, baseline, int(everything[0][1].size)


def fit_calibrated(
    samples: Sequence[tuple[Features, Floats]],
    everything: tuple[Features, Floats],
    names: Sequence[str] | None,
) -> Scorer:
    """Return a score fitted on all samples, set right by its error on the newest one."""

    def only(features: Features) -> Features:
        return {name: features[name] for name in names or features}

    scorer = logistic.fit(only(everything[0]), everything[1])
    newest, happened = samples[0]
    if is_rare(happened) or len(samples) == 1:
        return scorer
    features, of_older = logistic_rows(samples[1:])
    if is_rare(of_older):
        return scorer
    judged = logistic.fit(only(features), of_older, (only(newest), happened))
    return Scorer(
        scorer.shapes, scorer.weights, scorer.intercept, judged.slope, judged.shift
    )


def is_rare(happened: Floats) -> bool:
    """Tell whether too few stand on one of both sides to learn from them alone."""
    fewest = min(happened.sum(), (1 - happened).sum())
    return bool(fewest < FEWEST_OF_EACH / 2)


def logistic_rows(
    samples: Sequence[tuple[Features, Floats]],
) -> tuple[Features, Floats]:
    """Return the rows of all samples under each other."""
    names = samples[0][0]
    stacked = {
        name: np.concatenate([features[name] for features, _ in samples])
        for name in names
    }
    return stacked, np.concatenate([happened for _, happened in samples])


def require(one: Propensity, samples: Sequence[tuple[Features, Floats]]) -> None:
    """Refuse to train on too little.

    Raises:
        TooLittleDataError: there is no training day, or one outcome is too rare.
    """
    if not samples:
        raise TooLittleDataError(
            f"{one.name} needs {one.days_needed} days of history to be tested at "
            f"{FEWEST_ORIGINS} origins"
        )
    yes = int(sum(happened.sum() for _, happened in samples))
    no = int(sum(happened.size for _, happened in samples)) - yes
    if min(yes, no) < FEWEST_OF_EACH:
        raise TooLittleDataError(
            f"{one.name} needs {FEWEST_OF_EACH} people to whom it happened and as many to "
            f"whom it did not; there are {yes} and {no}"
        )


def origins_of(one: Propensity, night: date) -> list[date]:
    """Return the three days at which the model is tested, the newest first."""
    newest = night - timedelta(days=one.days)
    return [newest - timedelta(days=one.step * n) for n in range(FEWEST_ORIGINS)]


@dataclass(frozen=True)
class Tested:
    """A test at one origin: its figures, and the scores of everybody who was asked."""

    origin: Origin
    known: Known
    scores: Floats
    happened: Floats
    trained_auc: float


def test_at(days: Days, one: Propensity, at: date, known_by: date) -> Tested:
    """Train at ``at`` and test on the days after it, as known by ``known_by``.

    Raises:
        TooLittleDataError: see `train`; or it happened to nobody or everybody after.
    """
    model, baseline, _ = train(days, one, at)
    known = days.asked(one, at)
    happened = days.happened(one, known, known_by)
    yes = int(happened.sum())
    if yes in (0, happened.size):
        raise TooLittleDataError(
            f"{one.name} cannot be tested at {at}: in the {one.days} days after it, it "
            f"happened to {yes} of {happened.size} people"
        )
    scores = model.predict(known.features)
    alone = baseline.predict({one.recency: known.features[one.recency]})
    trained_on = days.asked(one, at - timedelta(days=one.days))
    fitted = model.predict(trained_on.features)
    origin = Origin(
        at,
        int(happened.size),
        figures.figures(scores, happened),
        figures.figures(alone, happened),
    )
    in_training = figures.auc(fitted, days.happened(one, trained_on, at))
    return Tested(origin, known, scores, happened, in_training)


def train_and_judge(
    days: Days, one: Propensity, night: date, traits: Traits | None = None
) -> TrainedModel:
    """Train the model for ``night``, test it at three origins, and give it its card.

    ``traits`` name the groups in which it is looked at apart.

    Raises:
        TooLittleDataError: there is not enough to train or to test on.
    """
    # nothing is trained in vain night after night on a channel that is still new
    since = days.since(one.deed)
    told = (night - since).days if since else 0
    if told < one.days_needed:
        raise TooLittleDataError(
            f"{one.name} needs {one.days_needed} days of history in which somebody does "
            f"that; there are {told}"
        )
    tests = [test_at(days, one, at, night) for at in origins_of(one, night)]
    model, _, rows = train(days, one, night)
    origins = tuple(test.origin for test in tests)
    is_promoted, reason = judge(origins, "brier", lower_is_better=True)
    gap = float(np.mean([t.trained_auc - t.origin.model["auc"] for t in tests]))
    scores = np.concatenate([test.scores for test in tests])
    happened = np.concatenate([test.happened for test in tests])
    everybody = max(days.known(night).people.size, 1)
    card = ModelCard(
        model=one.name,
        version="",
        night=night,
        data_from=days.first,
        data_to=night,
        rows=rows,
        features=tuple(shape.name for shape in model.shapes),
        baseline=f"{one.recency} alone, trained the same way",
        judged_by="brier",
        origins=origins,
        gap=gap,
        minimum_data=(
            f"{one.days_needed} days of history, {FEWEST_OF_EACH} people to whom it "
            f"happened and {FEWEST_OF_EACH} to whom it did not; asked about: {one.who}"
        ),
        is_promoted=is_promoted,
        reason=reason,
        fallback_share=1.0 - days.asked(one, night).people.size / everybody,
        groups=tuple(
            group_figures(
                traits or {}, tests[0].known.people, tests[0].scores, tests[0].happened
            )
        ),
        calibration=figures.calibration(scores, happened),
    )
    return keep(card, {"scorer": model.as_json()})
