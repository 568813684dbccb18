"""A night knows the changes of published nights before it, and rewrites only its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.home.settings import Settings, read_settings
from orchestration.home.standings import (
    changes_digest,
    write_change_states,
    write_change_views,
)

FRIDAY, SATURDAY, SUNDAY = date(2026, 4, 3), date(2026, 4, 4), date(2026, 4, 5)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with a warehouse that holds the changes of two nights."""
    settings = read_settings(tmp_path)
    settings.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.rfm_changes as
            from (values
                (date '2026-04-03', 'p_1', null, 'promising'),
                (date '2026-04-04', 'p_2', null, 'champions'),
                (date '2026-04-04', 'p_1', 'promising', null)
            ) as changes (night, profile_id, previous_value, value)
            """
        )
    return settings


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that the views are written into."""
    with duckdb.connect(":memory:") as database:
        database.execute("create schema raw_nightpost")
        yield database


def publish(settings: Settings, night: date, run: str) -> None:
    """Leave ``night``'s state as its run ``run`` would, and link the run."""
    write_change_states(settings, night, f"{night}-{run}")
    (settings.outbox / "runs" / f"{night}-{run}").mkdir(parents=True)
    link = settings.outbox / night.isoformat()
    link.unlink(missing_ok=True)
    link.symlink_to(Path("runs") / f"{night}-{run}")


def known(
    connection: duckdb.DuckDBPyConnection, settings: Settings, night: date
) -> list[tuple[object, ...]]:
    """Return what ``night`` knows of RFM groups."""
    write_change_views(connection, settings.home, night, "raw_nightpost")
    return connection.execute(
        "select night, profile_id, value from raw_nightpost.rfm_changes order by all"
    ).fetchall()


def test_a_night_leaves_its_own_changes_and_later_nights_read_them(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    publish(settings, FRIDAY, "aaa")
    publish(settings, SATURDAY, "bbb")

    assert known(connection, settings, FRIDAY) == []
    assert known(connection, settings, SATURDAY) == [(FRIDAY, "p_1", "promising")]
    assert known(connection, settings, SUNDAY) == [
        (FRIDAY, "p_1", "promising"),
        (SATURDAY, "p_1", None),
        (SATURDAY, "p_2", "champions"),
    ]


def test_what_a_run_left_that_was_not_published_is_not_read(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    write_change_states(settings, FRIDAY, "2026-04-03-killed")

    assert known(connection, settings, SATURDAY) == []


def test_a_night_without_marts_leaves_no_file(settings: Settings) -> None:
    write_change_states(settings, FRIDAY, "2026-04-03-aaa")

    left = [path.parts[-3] for path in settings.state.rglob("*.parquet")]
    assert left == ["rfm_changes"]


def test_what_a_night_knows_is_in_its_digest(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    publish(settings, FRIDAY, "aaa")
    digests = set()
    for night in (FRIDAY, SATURDAY):
        write_change_views(connection, settings.home, night, "raw_nightpost")
        digests |= {changes_digest(connection), changes_digest(connection)}

    assert len(digests) == 2
