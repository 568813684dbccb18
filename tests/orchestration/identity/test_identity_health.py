"""The health report counts what it says, and shows no value of a person."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.assets.identity_health import health_result
from orchestration.looking.identity_health import (
    Changes,
    Health,
    Linked,
    measure_health,
)
from orchestration.looking.identity_plots import binned, plot_health

from .small_night import DATABASE, publish_small_night

NIGHT = date(2026, 4, 3)
VALUES = ("ana", "smith", "+441", "office", "x.example", "hubspot/1")


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    publish_small_night(tmp_path)
    found = duckdb.connect(str(tmp_path / DATABASE))
    found.execute(
        "create table intermediate.int_identifiers_trusted as "
        "select identifier_key as identifier, record_count as name_count "
        "from marts.profile_identifiers"
    )
    return found


def test_figures_are_those_of_the_night(connection: duckdb.DuckDBPyConnection) -> None:
    health = measure_health(connection, NIGHT)

    assert health.profiles == 2
    # Ana has two records, the twins two, Ben one; orders of the office are nobody's
    assert health.sizes == ((1, 1), (2, 2))
    assert (health.p99, health.largest) == (2, 2)
    assert health.linked == (
        Linked("hubspot record", 4, 1),
        Linked("shopify record", 1, 0),
    )
    assert health.linked[0].share == 0.25
    assert health.tonight(NIGHT) == {"born": 1, "merged": 1}
    # Ben was born and p_old became Ana's
    assert (health.ids_before(NIGHT), health.ids) == (2, 2)
    assert [one.records for one in health.connected] == [3, 2]
    assert (health.clerical_pairs, health.frozen) == (1, 0)


def test_no_value_of_a_person_leaves_it(connection: duckdb.DuckDBPyConnection) -> None:
    result = health_result(measure_health(connection, NIGHT), NIGHT)

    shown = result.metadata or {}
    assert (shown["ids_before"], shown["ids_after"]) == (2, 2)
    text = repr({**shown, "picture": ""}).lower()
    assert "sha256 starts with" in text
    assert not [value for value in VALUES if value in text]


def test_a_later_night_is_not_seen(connection: duckdb.DuckDBPyConnection) -> None:
    health = measure_health(connection, date(2026, 4, 2))

    assert health.changes == (Changes(date(2026, 4, 1), "born", 1),)


def test_sizes_are_shown_in_doubling_bins() -> None:
    health = Health(0, (), (), ((1, 5), (2, 4), (3, 1), (4, 1), (9, 1)), (), 0, 0)

    assert binned(health) == [("1", 5), ("2", 4), ("3–4", 2), ("5–8", 0), ("9–16", 1)]


def test_the_picture_is_the_same_bytes_twice_and_none_without_people(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    health = measure_health(connection, NIGHT)

    first = plot_health(health)
    assert first is not None
    assert first == plot_health(health)
    assert plot_health(Health(0, (), (), (), (), 0, 0)) is None
