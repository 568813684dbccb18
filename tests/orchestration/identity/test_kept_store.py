"""What the linkage keeps between nights never shows in what it finds."""

import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.identity.linkage import blocking, scoring
from orchestration.identity.linkage.linkage import MEANINGS, link_records
from orchestration.identity.linkage.linkage_model import base_model
from orchestration.identity.linkage.matching import log_odds
from orchestration.identity.linkage.near_parts import write_near, write_telling_scores
from tests.orchestration.identity.test_linkage import (
    Row,
    again,
    as_rows,
    linked,
    people,
    person,
)

NIGHTS = 6


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let blocks be too large early, so that many open and close from night to night."""
    small = tuple(replace(rule, cap=5) for rule in blocking.RULES)
    monkeypatch.setattr(blocking, "RULES", small)


def some_of(rows: list[Row], night: int) -> list[Row]:
    return random.Random(night).sample(rows, len(rows) * (5 + night % 3) // 8)


@pytest.mark.usefixtures("small_blocks")
def test_nights_that_come_and_go_are_as_from_scratch(tmp_path: Path) -> None:
    rows = people(200)
    for night in range(NIGHTS):
        some = some_of(rows, night)
        assert linked(some, kept=tmp_path, threads=1 + night % 2) == linked(some)

    (store,) = tmp_path.iterdir()
    assert store.stat().st_mode & 0o777 == 0o600


def test_pairs_are_left_out_early_only_where_they_cannot_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = people(200)
    found = linked(rows)
    monkeypatch.setattr(scoring, "hope_sql", lambda *_: "100.0")

    assert linked(rows) == found


def test_a_store_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    rows = people(60)
    first = linked(rows, kept=tmp_path)
    (store,) = tmp_path.iterdir()
    store.write_bytes(b"torn" * 5_000)

    assert linked(rows, kept=tmp_path) == first
    assert linked(rows, kept=tmp_path) == first


def test_other_rules_and_another_model_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = people(200)
    linked(rows, kept=tmp_path)
    monkeypatch.setattr(blocking, "LARGE", 100)
    assert linked(rows, kept=tmp_path) == linked(rows)

    (before,) = tmp_path.iterdir()
    model = replace(base_model(), prior=0.002)
    with duckdb.connect() as connection:
        connection.execute(
            "create schema intermediate; create table intermediate.int_identity_records as "
            "select 'crm/1' as record_id, 'crm' as source, 'c' as component_id, "
            + ", ".join(
                f"null as {name}"
                for name in (*MEANINGS, "birth_date_text", "is_own_account")
            )
        )
        link_records(connection, model, kept=tmp_path)
    (after,) = tmp_path.iterdir()
    assert after != before


def test_how_a_column_writes_its_days_may_change_what_is_known(tmp_path: Path) -> None:
    unclear = as_rows(
        [person(1) | {"birth_date": "03/04/1980"}, again(1, birth_date="1980-04-03")]
    )
    months_first = as_rows([again(3, birth_date="02/28/1980")])
    for night in (unclear, unclear + months_first, unclear):
        assert linked(night, kept=tmp_path) == linked(night)


def test_a_content_that_one_part_is_left_with_is_no_pair_any_more(
    tmp_path: Path,
) -> None:
    twins = as_rows([person(1), person(1) | {"record_id": "x", "component_id": "x"}])
    for night in (twins, twins[:1], twins):
        assert linked(night, kept=tmp_path) == linked(night)


def test_weights_between_parts_that_may_be_joined_tell_however_low_they_are() -> None:
    model = base_model()
    bits = {"listed": 1.0, "certain": 9.0, "low": -8.0}
    with duckdb.connect() as connection:
        connection.execute(
            "create table members as select chr(97 + range::integer) as component_id, "
            "range::ubigint as id from range(5); attach ':memory:' as kept; "
            "create table kept.scores (l ubigint, r ubigint, evidence_weight double)"
        )
        for left, right, kind in (
            (0, 1, "certain"), (1, 2, "certain"), (0, 2, "low"), (0, 3, "low"),
            (3, 4, "listed"),
        ):  # fmt: skip
            connection.execute(
                "insert into kept.scores values (?, ?, ?)",
                [left, right, bits[kind] - log_odds(model.prior)],
            )
        write_near(connection, model)
        write_telling_scores(connection, model)
        found = connection.execute("select l, r from scores order by all").fetchall()

    assert found == [(0, 1), (0, 2), (1, 2), (3, 4)]


def test_the_store_holds_nobodys_value(tmp_path: Path) -> None:
    linked(as_rows([person(1) | {"last_name": "Qwertzuiop"}, again(1)]), kept=tmp_path)
    (store,) = tmp_path.iterdir()

    assert b"wertzuiop" not in store.read_bytes().lower()
