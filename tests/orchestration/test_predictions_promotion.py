"""Which model serves a night follows from its date, its card and what was published."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.home.settings import Settings, read_settings
from orchestration.predictions.serving.cards import ModelCard, Origin
from orchestration.predictions.serving.promotion import (
    ON_DEMAND,
    TABLE,
    TrainedModel,
    earlier_models,
    forget_trained,
    judge,
    keep,
    serving,
    why_due,
    write_model,
    write_model_state,
    write_trained,
)

NIGHT = date(2026, 3, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(tmp_path)


def origins(*pairs: tuple[float, float]) -> tuple[Origin, ...]:
    return tuple(
        Origin(NIGHT - timedelta(days=30 * at), 100, {"auc": one}, {"auc": other})
        for at, (one, other) in enumerate(pairs, start=1)
    )


def trained(night: date, *, is_promoted: bool, weight: float = 1.0) -> TrainedModel:
    is_better, reason = judge(
        origins((0.8, 0.7), (0.7, 0.7), (0.9, 0.7)), "auc", lower_is_better=False
    )
    assert is_better
    card = ModelCard(
        "buy", "", night, NIGHT, NIGHT, 100, ("recency",), "recency alone", "auc",
        origins((0.8, 0.7), (0.7, 0.7), (0.9, 0.7)), 0.01, "100", is_promoted, reason,
    )  # fmt: skip
    return keep(card, {"weight": weight})


def publish(settings: Settings, night: date, run: str) -> None:
    folder = settings.outbox / "runs" / run
    folder.mkdir(parents=True)
    (settings.outbox / night.isoformat()).symlink_to(f"runs/{run}")


def test_a_card_says_mean_and_spread_over_its_origins() -> None:
    holdout = trained(NIGHT, is_promoted=True).card["holdout"]

    assert holdout["model"]["auc"] == {"mean": 0.8, "spread": 0.1}
    assert holdout["baseline"]["auc"] == {"mean": 0.7, "spread": 0.0}


@pytest.mark.parametrize(
    ("pairs", "is_better"),
    [
        (((0.8, 0.7), (0.8, 0.7)), False),
        (((0.8, 0.7), (0.8, 0.7), (0.8, 0.7)), True),
        (((0.7, 0.7), (0.7, 0.7), (0.7, 0.7)), False),
        (((0.9, 0.7), (0.6, 0.7), (0.6, 0.7)), False),
    ],
)
def test_a_model_must_beat_its_baseline_in_the_mean_of_three_origins(
    pairs: tuple[tuple[float, float], ...], *, is_better: bool
) -> None:
    assert judge(origins(*pairs), "auc", lower_is_better=False)[0] is is_better


def test_a_lower_error_is_better_where_the_figure_is_an_error() -> None:
    pairs = origins((0.6, 0.7), (0.6, 0.7), (0.6, 0.7))

    assert judge(pairs, "auc", lower_is_better=True)[0]


def test_the_newest_promoted_model_of_an_earlier_night_serves() -> None:
    old = trained(NIGHT - timedelta(days=60), is_promoted=True, weight=1)
    good = trained(NIGHT - timedelta(days=30), is_promoted=True, weight=2)
    bad = trained(NIGHT - timedelta(days=1), is_promoted=False, weight=3)
    tonight = trained(NIGHT, is_promoted=True, weight=4)

    assert serving([old, good, bad], tonight) is good
    assert serving([bad], tonight) is tonight
    assert serving([bad], trained(NIGHT, is_promoted=False)) is None


def test_a_model_is_due_once_a_month_and_where_its_scores_drifted() -> None:
    last = [trained(NIGHT, is_promoted=False)]

    assert why_due([], NIGHT, None)
    assert why_due(last, NIGHT + timedelta(days=27), 0.25) is None
    assert why_due(last, NIGHT + timedelta(days=28), None)
    assert "0.26" in (why_due(last, NIGHT + timedelta(days=1), 0.26) or "")


def test_only_models_of_published_runs_of_earlier_nights_are_read(
    settings: Settings,
) -> None:
    for night, run in ((NIGHT, "run-a"), (NIGHT + timedelta(days=1), "run-b")):
        publish(settings, night, run)
        write_model(settings, trained(night, is_promoted=True), f"{run}.json")
    killed = trained(NIGHT - timedelta(days=1), is_promoted=True)
    write_model(settings, killed, "run-c.json")

    found = earlier_models(settings, "buy", NIGHT + timedelta(days=1))

    assert [one.night for one in found] == [NIGHT]
    assert found[0] == trained(NIGHT, is_promoted=True)


def test_a_model_trained_on_demand_wins_over_its_night_s_own(
    settings: Settings,
) -> None:
    publish(settings, NIGHT, "run-a")
    write_model(settings, trained(NIGHT, is_promoted=True), "run-a.json")
    asked = trained(NIGHT, is_promoted=True, weight=9)
    write_model(settings, asked, ON_DEMAND)

    assert earlier_models(settings, "buy", NIGHT + timedelta(days=1)) == [asked]


def test_publication_keeps_what_the_night_trained_and_no_other_run_s(
    settings: Settings,
) -> None:
    one = trained(NIGHT, is_promoted=True)
    write_model(settings, one, "another-run.json")
    settings.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        write_trained(connection, [trained(NIGHT, is_promoted=False), one])

    write_model_state(settings, NIGHT, "this-run")

    folder = settings.state / "models" / "buy" / "night=2026-03-01"
    assert [file.name for file in folder.iterdir()] == ["this-run.json"]
    kept = json.loads((folder / "this-run.json").read_bytes())
    assert (kept["is_promoted"], kept["parameters"]) == (True, {"weight": 1.0})


def test_a_step_that_starts_anew_forgets_its_own_models_and_no_other_step_s() -> None:
    with duckdb.connect() as connection:
        forget_trained(connection, ["buy"])
        mine = trained(NIGHT, is_promoted=True)
        write_trained(connection, [mine, replace(mine, model="other")])
        forget_trained(connection, ["buy"])
        left = connection.execute(f"select model from {TABLE}").fetchall()

    assert left == [("other",)]


def test_a_night_that_trained_nothing_leaves_no_model(settings: Settings) -> None:
    settings.warehouse.parent.mkdir(parents=True)
    duckdb.connect(str(settings.warehouse)).close()

    write_model_state(settings, NIGHT, "this-run")

    assert not (settings.state / "models").exists()
