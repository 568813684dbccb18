"""Scores made elsewhere, under the rules of our own models.

What a model elsewhere foretells stands in seeds/reference/score_outcomes.csv. Its scores
are kept every night as they were served, and compared with what came once the days are
over: at three nights, beside how long ago people last did the same. A version that does
not beat that is not served any more; until it can be told it serves and is called
unjudged. The verdict of night D follows from what nights before D kept.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from orchestration.predictions.inputs import DEEDS, NOBODY, STATE, Night
from orchestration.predictions.lifetime.bgnbd import Floats
from orchestration.predictions.prediction_tables import KEPT, add_rows
from orchestration.predictions.propensity.propensity import STEP
from orchestration.predictions.propensity.traits import group_figures
from orchestration.predictions.serving import figures
from orchestration.predictions.serving.cards import (
    FEWEST_ORIGINS,
    GroupFigure,
    ModelCard,
    Origin,
)
from orchestration.predictions.serving.promotion import judge
from orchestration.predictions.serving.templates import day, outcomes_sql
from orchestration.watching.drift_state import earlier_states

FIGURE = "auc"
PREFIX = "scores/"
UNJUDGED, PROMOTED, NOT_PROMOTED = "unjudged", "promoted", "not_promoted"
NO_OUTCOME = (
    "Unjudged: seeds/reference/score_outcomes.csv does not say what it foretells."
)
OF_ITEMS = "Unjudged: it scores things, and only scores of people are compared."

# A person's newest score of the version that serves, where its file is fresh.
SERVED = """
    select scores.model, scores.model_version, scores.profile_id,
        max_by(scores.score, struct_pack(at := scores.scored_at, key := scores.person_key))
            as score
    from intermediate.int_scores_attributed as scores
    semi join (
        select table_name as model from staging.stg_nightpost__sources
        where source = 'scores' and is_fresh
    ) as fresh using (model)
    anti join intermediate.int_personalisation_refused using (profile_id)
    where scores.profile_id is not null and scores.item is null
    group by all
"""
VERSIONS = """
    select scores.model, scores.model_version,
        bool_or(scores.item is not null) as is_of_items,
        count(distinct scores.profile_id) as people,
        outcomes.deed, outcomes.days, outcomes.is_deed_foretold
    from intermediate.int_scores_attributed as scores
    left join reference.score_outcomes as outcomes using (model)
    group by all
    order by scores.model, scores.model_version
"""


@dataclass(frozen=True)
class Elsewhere:
    """One model made elsewhere: its serving version, and what it foretells, if known."""

    model: str
    version: str
    is_of_items: bool
    people: int
    deed: str | None
    days: int | None
    happens: bool | None

    @property
    def kept_as(self) -> str:
        """The name under which its predictions are kept: no other version's count."""
        return f"{PREFIX}{self.model}/{self.version}"


@dataclass(frozen=True)
class Compared:
    """One night's kept scores beside what came, and what recency alone says."""

    at: date
    people: Sequence[str]
    scores: Floats
    recency: Floats
    happened: Floats


def judge_elsewhere(night: Night) -> None:
    """Keep tonight's scores made elsewhere, and write the verdict on each model."""
    connection = night.connection
    # before anybody has done anything there is nobody to compare
    rows = connection.execute(VERSIONS).fetchall() if night.days.first != NOBODY else []
    found = [Elsewhere(*row) for row in rows]
    if not found:
        return
    connection.execute(
        f"insert into {KEPT} select '{PREFIX}' || model || '/' || model_version, "
        f"profile_id, score from ({SERVED}) order by all"
    )
    history = earlier_states(night.settings, STATE, night.as_of)
    verdicts = [verdict_on(one, night, history) for one in found]
    add_rows(
        connection,
        "judged_scores",
        {
            "model": [one.model for one in found],
            "model_version": [one.version for one in found],
            "verdict": [verdict for verdict, _ in verdicts],
            "reason": [card.reason for _, card in verdicts],
            "card": [
                json.dumps(card.as_json(), sort_keys=True) for _, card in verdicts
            ],
        },
    )


def verdict_on(
    one: Elsewhere, night: Night, history: Sequence[tuple[date, Path]]
) -> tuple[str, ModelCard]:
    """Return whether a model is promoted, and its card."""
    if one.is_of_items:
        return UNJUDGED, card_of(one, night, (), OF_ITEMS)
    if one.days is None:
        return UNJUDGED, card_of(one, night, (), NO_OUTCOME)
    tests = tuple(compared(one, night, history))
    origins = [
        Origin(
            test.at,
            len(test.people),
            figures_of(test.scores, test.happened),
            figures_of(test.recency, test.happened),
        )
        for test in tests
    ]
    is_promoted, reason = judge(origins, FIGURE, lower_is_better=False)
    if len(origins) < FEWEST_ORIGINS:
        return UNJUDGED, card_of(
            one, night, tests, reason.replace("Not promoted", "Unjudged"), origins
        )
    verdict = PROMOTED if is_promoted else NOT_PROMOTED
    return verdict, card_of(one, night, tests, reason, origins)


def compared(
    one: Elsewhere, night: Night, history: Sequence[tuple[date, Path]]
) -> Iterator[Compared]:
    """Yield up to three earlier nights whose days are over, the newest first."""
    days = one.days or 0
    step = timedelta(days=min(STEP, days))
    latest, left = night.as_of - timedelta(days=days), FEWEST_ORIGINS
    for then, file in reversed(history):
        if then > latest or not left:
            continue
        test = compared_at(one, night, then, file)
        if test is not None:
            yield test
            latest, left = then - step, left - 1


def compared_at(
    one: Elsewhere, night: Night, then: date, file: Path
) -> Compared | None:
    """Return what was kept on ``then`` beside what came; None where all or nobody did."""
    came = outcomes_sql(DEEDS, str(one.deed), then, one.days or 0, night.as_of)
    rows = night.connection.execute(
        f"""
        select kept.profile_id, kept.predicted, came.profile_id is not null,
            coalesce(date_diff('day', last_deeds.deed_date, {day(then)}), 1e6)
        from read_parquet(?, hive_partitioning = false) as kept
        left join (select distinct profile_id from ({came})) as came using (profile_id)
        left join (
            select profile_id, max(deed_date) as deed_date from {DEEDS}
            where deed = ? and deed_date <= {day(then)} and known_date <= {day(then)}
            group by profile_id
        ) as last_deeds using (profile_id)
        anti join intermediate.int_personalisation_refused using (profile_id)
        where kept.model = ?
        order by kept.profile_id
        """,
        [str(file), one.deed, one.kept_as],
    ).fetchall()
    if {did for _, _, did, _ in rows} != {True, False}:
        return None
    people = [row[0] for row in rows]
    scores, happened, since = np.array([row[1:] for row in rows], dtype=np.float64).T
    if not one.happens:
        return Compared(then, people, scores, since, 1.0 - happened)
    return Compared(then, people, scores, -since, happened)


def figures_of(scores: Floats, happened: Floats) -> dict[str, float]:
    """Return how well scores, of any scale, tell who did from who did not."""
    return {FIGURE: figures.auc(scores, happened)}


def card_of(
    one: Elsewhere,
    night: Night,
    tests: Sequence[Compared],
    reason: str,
    origins: Sequence[Origin] = (),
) -> ModelCard:
    """Return the card of a model made elsewhere: what we can know of it."""
    groups: tuple[GroupFigure, ...] = ()
    if tests:
        newest = tests[0]
        groups = tuple(
            group_figures(
                night.traits,
                np.array(newest.people, dtype=object),
                newest.scores,
                newest.happened,
            )
        )
    everybody = night.everybody()
    return ModelCard(
        model=one.model,
        version=one.version,
        night=night.as_of,
        data_from=None,
        data_to=None,
        rows=one.people,
        features=(),
        baseline=f"days since the last {one.deed or 'deed'} alone",
        judged_by=FIGURE,
        origins=tuple(origins),
        gap=None,
        minimum_data=f"Scores kept on {FEWEST_ORIGINS} nights whose days are over.",
        is_promoted=reason.startswith("Promoted"),
        reason=reason,
        fallback_share=1.0 - min(one.people / everybody, 1.0) if everybody else None,
        groups=groups,
        calibration=figures.calibration(tests[0].scores, tests[0].happened)
        if tests
        else (),
        notes=("Made elsewhere: what it learnt from, and how, is not known here.",),
    )
