"""A model is fitted to the night's own records, kept, and serves until it is outgrown."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from orchestration.identity.linkage.contradictions import CONTRADICTIONS, held_apart
from orchestration.identity.linkage.learning import careful, learn
from orchestration.identity.linkage.linkage_model import (
    JOINED_FROM,
    WRONG_AT_MOST,
    base_model,
)
from orchestration.identity.linkage.matching import log_odds
from orchestration.identity.linkage.model_state import (
    TABLE,
    earlier_model,
    is_outgrown,
    write_model,
)
from tests.orchestration.identity.test_linkage import COLUMNS, Row, people


def warehouse(rows: list[Row], threads: int = 2) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("create schema intermediate")
    columns = ", ".join(f"{column} varchar" for column in COLUMNS)
    connection.execute(f"create table intermediate.int_identity_records ({columns})")
    marks = ", ".join("?" for _ in COLUMNS)
    if rows:
        connection.executemany(
            f"insert into intermediate.int_identity_records values ({marks})", rows
        )
    return connection


def test_the_same_records_in_another_order_teach_the_same_model() -> None:
    rows = people(400)
    shuffled = random.Random(3).sample(rows, len(rows))

    one, other = learn(warehouse(rows)), learn(warehouse(shuffled, threads=1))

    assert one.plain() == other.plain()
    assert one.prior > base_model().prior
    assert one.evaluation["records"] == len(rows)


def test_few_records_teach_little_and_none_teach_nothing() -> None:
    few, none = learn(warehouse(people(5))), learn(warehouse([]))
    base = base_model()

    assert none.levels == base.levels
    for name, levels in base.levels.items():
        for (m, _), (fitted, _) in zip(levels[1:], few.levels[name][1:], strict=True):
            assert abs(m - fitted) < 0.1


def test_a_later_night_reads_the_newest_model_and_leaves_none_itself(
    tmp_path: Path,
) -> None:
    history = []
    for day, prior in ((1, 1e-4), (2, 2e-4)):
        with duckdb.connect() as connection:
            write_model(connection, replace(base_model(), prior=prior))
            file = tmp_path / f"{day}.parquet"
            connection.execute(f"copy {TABLE} to '{file}' (format parquet)")
        history.append((date(2026, 3, day), file))
    with duckdb.connect() as connection:
        write_model(connection, None)
        assert earlier_model(connection, []) is None
        served = earlier_model(connection, history)
        tables = connection.execute("select count(*) from duckdb_tables()").fetchall()

    assert served is not None
    assert served.model_id == replace(base_model(), prior=2e-4).model_id
    assert tables == [(0,)]


def test_a_model_is_outgrown_by_twice_the_records() -> None:
    model = replace(base_model(), evaluation={"records": 1_000})

    assert not is_outgrown(model, 1_999)
    assert is_outgrown(model, 2_000)


def test_joins_are_made_from_where_few_of_them_are_wrong() -> None:
    sure, doubtful = [20.0] * 300, [2.0 - one / 100 for one in range(100)]

    assert careful(sure) == JOINED_FROM
    assert careful([]) == JOINED_FROM
    least = log_odds(careful([*sure, *doubtful]))
    joined = [bits for bits in (*sure, *doubtful) if bits >= least]
    wrong = sum(1 / (1 + 2**bits) for bits in joined)
    assert wrong <= WRONG_AT_MOST * len(joined)
    assert 1.0 < least < 2.0


def apart(first: float, last: float, born: float) -> tuple[str, ...]:
    """Return what keeps apart where so many of 1,000 pairs differ in a field."""
    different = {"first_name": first, "last_name": last, "birth_date": born}
    return held_apart({name: [1_000 - n, n] for name, n in different.items()})


def test_another_first_name_is_a_mistake_where_last_names_are_as_often_wrong() -> None:
    assert apart(first=150, last=120, born=70) == (
        "first_name_and_mailbox", "birth_date_and_mailbox", "name_and_birth_date",
    )  # fmt: skip
    # twins and couples have one last name: nothing says that first names are mistaken
    assert apart(first=150, last=1, born=7) == CONTRADICTIONS
    assert "first_name" in apart(first=150, last=30, born=70)
    assert "birth_date" not in apart(first=150, last=30, born=70)
