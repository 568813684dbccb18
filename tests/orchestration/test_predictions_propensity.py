"""Propensities know nothing of later days, are calibrated, and can be checked by hand."""

import json
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from orchestration.predictions.propensity import logistic, propensity
from orchestration.predictions.propensity.logistic import Scorer
from orchestration.predictions.propensity.propensity import (
    PROPENSITIES,
    Days,
    TooLittleDataError,
    fit_calibrated,
    train_and_judge,
)
from orchestration.predictions.serving import figures

NIGHT = date(2026, 3, 31)
FIRST = date(2025, 7, 1)
BUY = PROPENSITIES["buy_30"]


def deeds(connection: duckdb.DuckDBPyConnection, more: str = "") -> Days:
    """Make 600 people who buy now and then, and look around a week before they do."""
    connection.execute("select setseed(0.42)")
    connection.execute(
        f"""
        create or replace table deeds as
        with
            orders as (
                select
                    'p' || n as profile_id,
                    date '{FIRST}' + (n % 30 + nth * (25 + n % 40 * 3)
                        + cast(hash(n, nth) % 20 as int))::int as deed_date
                from range(600) as people(n), range(12) as times(nth)
            )
        select profile_id, 'order' as deed, deed_date, deed_date as known_date,
            1 as deed_count, 10::decimal(18, 2) as amount
        from orders where deed_date <= date '{NIGHT}'
        union all
        select profile_id, 'session', deed_date - 7, deed_date - 7, 1, 0
        from orders where deed_date - 7 between date '{FIRST}' and date '{NIGHT}'
        {more}
        """
    )
    return Days(connection, "deeds", FIRST)


@pytest.mark.parametrize(
    "more",
    [
        "'order', date '{after}', date '{after}', 5, 999",
        "'session', date '{before}', date '{after}', 50, 0",
        "'order', date '{before}', date '{after}', 5, 999",
    ],
    ids=["later", "known later", "order known later"],
)
def test_nothing_that_came_or_became_known_later_changes_what_was_known(
    more: str,
) -> None:
    at = NIGHT - timedelta(days=40)
    row = more.format(before=at - timedelta(days=3), after=at + timedelta(days=1))
    with duckdb.connect() as connection:
        plain = deeds(connection).known(at)
        leaky = deeds(connection, f"union all select 'p1', {row}").known(at)
        soon = at + timedelta(days=1)
        told = deeds(connection, f"union all select 'p1', {row}").known(soon)
        without = deeds(connection).known(soon)

    assert (plain.people == leaky.people).all()
    for name, values in plain.features.items():
        np.testing.assert_array_equal(values, leaky.features[name], err_msg=name)
    assert any(
        not np.array_equal(values, told.features[name], equal_nan=True)
        for name, values in without.features.items()
    )


def test_features_are_what_a_person_would_count() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table deeds as
            from (values
                ('a', 'order', date '2026-01-01', date '2026-01-01', 2, 30.00),
                ('a', 'order', date '2026-03-02', date '2026-03-02', 1, 12.00),
                ('a', 'open', date '2026-03-31', date '2026-03-31', 4, 0.00),
                ('a', 'open', date '2026-03-01', date '2026-03-01', 1, 0.00)
            ) as t (profile_id, deed, deed_date, known_date, deed_count, amount)
            """
        )
        known = Days(connection, "deeds", FIRST).known(NIGHT).features

    counted = {name: float(values[0]) for name, values in known.items()}
    assert counted["days_since_order"] == 29
    assert counted["days_since_first_order"] == 89
    assert counted["days_between_orders"] == 60
    assert counted["order_days"] == counted["orders_90"] == 2
    assert (counted["orders_30"], counted["order_amount"]) == (1, 42)
    assert counted["order_gaps_waited"] == pytest.approx(29 / 60, abs=1e-6)
    assert (counted["days_since_open"], counted["opens_30"]) == (0, 4)
    assert counted["opens_90"] == 5
    assert np.isnan(counted["days_since_click"])
    assert counted["clicks_90"] == 0


def test_outcomes_are_of_the_days_after_and_as_known_by_the_day_of_training() -> None:
    at = date(2026, 2, 1)
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table deeds as
            select who as profile_id, 'order' as deed, d as deed_date, k as known_date,
                1 as deed_count, 1 as amount
            from (values
                ('on the day', date '2026-02-01', date '2026-02-01'),
                ('first day', date '2026-02-02', date '2026-02-02'),
                ('last day', date '2026-03-03', date '2026-03-03'),
                ('too late', date '2026-03-04', date '2026-03-04'),
                ('told late', date '2026-02-03', date '2026-04-01')
            ) as t (who, d, k)
            union all
            select who, 'order', date '2026-01-01', date '2026-01-01', 1, 1
            from (values ('on the day'), ('first day'), ('last day'), ('too late'),
                ('told late')) as t (who)
            """
        )
        days = Days(connection, "deeds", FIRST)
        known = days.asked(BUY, at)
        happened = days.happened(BUY, known, NIGHT)
        churned = days.happened(replace(BUY, happens=False), known, NIGHT)

    did = set(known.people[happened == 1])
    assert did == {"first day", "last day"}
    assert set(known.people[churned == 0]) == did


def test_a_model_beats_recency_alone_on_later_data_and_is_the_same_in_any_order() -> (
    None
):
    with duckdb.connect() as connection:
        first = train_and_judge(deeds(connection), BUY, NIGHT)
        connection.execute(
            "create or replace table deeds as from deeds order by hash(profile_id, deed_date)"
        )
        connection.execute("set threads = 1")
        again = train_and_judge(Days(connection, "deeds", FIRST), BUY, NIGHT)

    assert first == again
    assert first.is_promoted, first.card["reason"]
    model, baseline = (first.card["holdout"][one] for one in ("model", "baseline"))
    assert model["auc"]["mean"] > baseline["auc"]["mean"] + 0.05
    assert model["calibration_error"]["mean"] < 0.1


def test_parameters_that_were_json_score_the_same() -> None:
    with duckdb.connect() as connection:
        days = deeds(connection)
        kept = train_and_judge(days, BUY, NIGHT)
        features = days.asked(BUY, NIGHT).features
    scorer = Scorer.from_json(json.loads(json.dumps(kept.parameters))["scorer"])
    scores = scorer.predict(features)

    assert Scorer.from_json(scorer.as_json()).predict(features).tolist() == (
        scores.tolist()
    )
    assert 0 < scores.min() < scores.max() < 1


def test_too_short_a_history_or_too_rare_an_outcome_is_refused() -> None:
    with duckdb.connect() as connection:
        days = deeds(connection)
        with pytest.raises(TooLittleDataError, match="needs 150 days of history"):
            train_and_judge(days, BUY, FIRST + timedelta(days=149))
        connection.execute("delete from deeds where profile_id >= 'p13'")
        with pytest.raises(TooLittleDataError, match="to whom it happened"):
            train_and_judge(Days(connection, "deeds", FIRST), BUY, NIGHT)


def test_a_deed_that_is_newer_than_the_others_is_not_trained_on_yet() -> None:
    with duckdb.connect() as connection:
        days = deeds(connection)
        connection.execute(
            "delete from deeds where deed = 'order' and deed_date < ?",
            [NIGHT - timedelta(days=149)],
        )
        with pytest.raises(TooLittleDataError, match="there are 149"):
            train_and_judge(days, BUY, NIGHT)


def test_older_days_on_which_nobody_is_asked_about_set_nothing_right() -> None:
    values = np.linspace(0, 100, 500)
    newest = ({"x": values}, (values > 50).astype(float))
    nobody = ({"x": values[:0]}, values[:0])
    alone = fit_calibrated([newest], newest, None)

    assert fit_calibrated([newest, nobody], newest, None) == alone


def test_a_score_does_not_go_on_beyond_what_was_seen_in_training() -> None:
    values = np.linspace(0, 100, 500)
    scorer = logistic.fit({"x": values}, (values > 50).astype(float))

    inside, beyond = (
        scorer.predict({"x": np.array([one])})[0] for one in (100.0, 10_000.0)
    )
    assert inside == beyond


def test_auc_counts_ties_half_and_calibration_never_parts_equal_scores() -> None:
    happened = np.array([0.0, 0, 1, 1])

    assert figures.auc(np.array([0.1, 0.4, 0.35, 0.8]), happened) == 0.75
    assert figures.auc(np.full(4, 0.5), happened) == 0.5
    (point,) = figures.calibration(np.full(4, 0.5), happened)
    assert (point.predicted, point.observed, point.rows) == (0.5, 0.5, 4)


def test_days_in_which_it_happened_to_nobody_are_not_judged() -> None:
    with duckdb.connect() as connection:
        known = deeds(connection)
        with pytest.raises(TooLittleDataError, match="happened to 0 of "):
            # as if nobody had told of these days yet
            propensity.test_at(known, BUY, NIGHT, NIGHT)
