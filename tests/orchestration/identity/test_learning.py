"""A model is learnt, kept and promoted; a night reads only those of nights before it."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.home.settings import read_settings
from orchestration.identity.linkage import learning
from orchestration.identity.linkage.learning import CannotTrainError, learn, train_model
from orchestration.identity.linkage.linkage_model import base_model
from orchestration.identity.linkage.model_state import keep_model, model_of
from tests.orchestration.identity.test_linkage import COLUMNS, Row, people

FIRST, SECOND, THIRD = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def write_records(path: Path | str, rows: list[Row]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(path)
    connection.execute("create schema intermediate")
    columns = ", ".join(f"{column} varchar" for column in COLUMNS)
    connection.execute(f"create table intermediate.int_identity_records ({columns})")
    marks = ", ".join("?" for _ in COLUMNS)
    connection.executemany(
        f"insert into intermediate.int_identity_records values ({marks})", rows
    )
    return connection


def test_a_night_reads_the_newest_promoted_model_of_a_night_before_it(
    tmp_path: Path,
) -> None:
    settings = read_settings(tmp_path)
    first, second, third = (
        replace(base_model(), prior=one) for one in (1e-4, 2e-4, 3e-4)
    )
    keep_model(settings, FIRST, first, is_promoted=True)
    keep_model(settings, SECOND, second, is_promoted=False)

    assert model_of(settings, FIRST) == base_model()
    assert model_of(settings, SECOND).model_id == first.model_id
    assert model_of(settings, THIRD).model_id == first.model_id
    keep_model(settings, SECOND, third, is_promoted=True)
    assert model_of(settings, THIRD).model_id == third.model_id


def test_the_same_records_in_another_order_teach_the_same_model() -> None:
    rows = people(1000)
    shuffled = random.Random(3).sample(rows, len(rows))
    one, is_promoted = learn(write_records(":memory:", rows), base_model())
    other, _ = learn(write_records(":memory:", shuffled), base_model())

    assert one.plain() == other.plain()
    assert is_promoted
    assert one.prior > base_model().prior


def test_a_model_that_is_worse_than_the_one_in_use_is_not_promoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings(tmp_path)
    settings.warehouse.parent.mkdir(parents=True)
    write_records(str(settings.warehouse), people(1000)).close()
    figures = iter([(0.9, 0.0, 10), (0.7, 0.0, 10)])
    monkeypatch.setattr(learning, "measure", lambda *_: next(figures))
    trained = train_model(settings, FIRST)

    assert not trained.is_promoted
    assert "stays" in trained.sentence()
    assert model_of(settings, SECOND) == base_model()


def test_too_few_records_teach_nothing() -> None:
    with pytest.raises(CannotTrainError, match="too few to learn from"):
        learn(write_records(":memory:", people(50)), base_model())
