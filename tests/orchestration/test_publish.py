"""A night becomes visible as a whole, and CURRENT only ever moves forward."""

import json
import stat
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.command.nights import newest_night
from orchestration.home.published import (
    NothingPublishedError,
    closed_nights,
    published_nights,
    read_current,
)
from orchestration.home.sends_state import write_no_memory
from orchestration.home.settings import Settings
from orchestration.publishing.publish import NothingToPublishError, publish_night
from tests.conftest import PROJECT

FRIDAY, SATURDAY = date(2026, 4, 3), date(2026, 4, 4)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", PROJECT, tmp_path / "templates")


def make_warehouse(settings: Settings) -> None:
    """A warehouse with the two tables that the state is read from, and views.

    Those on raw files, and one on what another engine computed.
    """
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    settings.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema activation")
        connection.execute("create schema marts")
        connection.execute(
            """
            create table activation.act_eligibility as
            select * from (values
                ('vip', 'p_1', null), ('vip', 'p_2', 'no_consent')
            ) as t (segment, profile_id, exclusion_reason)
            """
        )
        connection.execute(
            """
            create table marts.audience_history as
            select * from (values
                ('vip', 'p_9', true), ('held', 'p_3', true), ('held', 'p_4', false)
            ) as t (segment, profile_id, is_exported)
            """
        )
        connection.execute(
            """
            create table activation.act_send_plan (
                message_id varchar, profile_id varchar, segment varchar, kind varchar,
                channel varchar, template varchar, variant varchar, send_at timestamp,
                is_planned boolean
            )
            """
        )
        connection.execute("create schema raw_nightpost")
        write_no_memory(connection, "raw_nightpost")
        connection.execute("create schema raw_shop")
        connection.execute("create view raw_shop.orders as select 1 as one")
        connection.execute("create schema staging")
        connection.execute("create view staging.stg_shop__orders as select 1 as one")
        connection.execute("create table staging.stg_shop__opt_outs as select 1 as one")
        connection.execute("create view marts.orders as select 1 as one")


def stage(
    settings: Settings, night: date, run_id: str, audiences: tuple[str, ...] = ("vip",)
) -> Path:
    """A staging folder with a manifest and one audience."""
    folder = settings.outbox / f".staging-{night.isoformat()}"
    folder.mkdir(parents=True)
    for name in audiences:
        (folder / "audiences" / name).mkdir(parents=True)
        (folder / "audiences" / name / "members.csv").write_text("profile_id\np_1\n")
    manifest = {
        "run_id": run_id,
        "as_of_date": night.isoformat(),
        "held_back": [{"kind": "segment", "name": "x", "reason": "y"}],
        "files": [{"path": f"audiences/{name}/members.csv"} for name in audiences],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def publish(settings: Settings, night: date, run_id: str = "aaa") -> None:
    make_warehouse(settings)
    publish_night(settings, night, stage(settings, night, run_id))


def test_current_names_outbox_and_database_together(settings: Settings) -> None:
    publish(settings, FRIDAY)
    current = read_current(settings)

    assert (settings.home / current.outbox / "manifest.json").exists()
    assert (settings.home / current.database).exists()
    assert (settings.outbox / "2026-04-03" / "manifest.json").exists()
    assert not (settings.outbox / ".staging-2026-04-03").exists()


def test_the_published_database_is_read_only_and_holds_tables_only(
    settings: Settings,
) -> None:
    publish(settings, FRIDAY)
    database = settings.home / read_current(settings).database

    assert stat.S_IMODE(database.stat().st_mode) == 0o400
    with duckdb.connect(str(database), read_only=True) as connection:
        views = connection.execute(
            "select view_name from duckdb_views() where not internal"
        ).fetchall()
        tables = connection.execute(
            "select table_name from duckdb_tables() order by all"
        ).fetchall()
    assert views == []
    assert tables == [
        ("act_eligibility",),
        ("act_send_plan",),
        ("audience_history",),
        ("orders",),
        ("templates",),
    ]


def test_current_never_moves_back(settings: Settings) -> None:
    publish(settings, SATURDAY)
    publish(settings, FRIDAY)

    assert read_current(settings).night == "2026-04-04"
    assert published_nights(settings) == [FRIDAY, SATURDAY]


def test_another_run_of_the_same_night_replaces_it_and_leaves_nothing_behind(
    settings: Settings,
) -> None:
    publish(settings, FRIDAY, "aaa")
    publish(settings, FRIDAY, "bbb")

    assert read_current(settings).run_id == "bbb"
    assert [path.name for path in (settings.outbox / "runs").iterdir()] == [
        "2026-04-03-bbb"
    ]
    assert [path.name for path in settings.published.iterdir()] == [
        "2026-04-03-bbb.duckdb"
    ]


def test_what_the_drift_step_measured_becomes_state_of_the_published_run_only(
    settings: Settings,
) -> None:
    for run_id in ("aaa", "bbb"):
        make_warehouse(settings)
        with duckdb.connect(str(settings.warehouse)) as connection:
            connection.execute("create schema drift")
            connection.execute("create table drift.distributions as select 2 as bin")
            connection.execute("create table drift.psi as select 0.5 as psi")
        publish_night(settings, FRIDAY, stage(settings, FRIDAY, run_id))

    files = {
        str(path.relative_to(settings.state))
        for path in settings.state.rglob("*.parquet")
    }
    assert files == {
        f"{name}/night=2026-04-03/2026-04-03-bbb.parquet"
        for name in (
            "audiences",
            "distributions",
            "drift",
            "sends",
            "earlier_sends",
        )
    }
    state = settings.state / "drift" / "night=2026-04-03" / "2026-04-03-bbb.parquet"
    rows = duckdb.sql(f"select night, psi from '{state}'").fetchall()
    assert [(night, float(psi)) for night, psi in rows] == [(FRIDAY, 0.5)]
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700


def test_a_file_changed_by_hand_is_healed_by_running_the_night_again(
    settings: Settings,
) -> None:
    publish(settings, FRIDAY)
    members = settings.outbox / "2026-04-03" / "audiences" / "vip" / "members.csv"
    members.write_text("profile_id\np_1\np_666\n")
    publish(settings, FRIDAY)

    assert members.read_text() == "profile_id\np_1\n"
    runs = [path.name for path in (settings.outbox / "runs").iterdir()]
    assert runs == ["2026-04-03-aaa-2"], "the live folder is never moved away"


def test_another_nights_export_is_not_published(settings: Settings) -> None:
    make_warehouse(settings)

    with pytest.raises(NothingToPublishError, match="2026-04-04"):
        publish_night(settings, SATURDAY, stage(settings, FRIDAY, "aaa"))


def test_a_held_segment_keeps_last_nights_state(settings: Settings) -> None:
    publish(settings, FRIDAY)
    state = settings.state / "audiences" / "night=2026-04-03" / "2026-04-03-aaa.parquet"
    rows = duckdb.sql(
        f"select segment, profile_id, is_exported from '{state}'"
    ).fetchall()

    assert rows == [
        ("held", "p_3", True),
        ("held", "p_4", False),
        ("vip", "p_1", True),
        ("vip", "p_2", False),
    ]


def test_a_night_that_held_everything_back_stays_open(settings: Settings) -> None:
    publish(settings, FRIDAY)
    make_warehouse(settings)
    publish_night(settings, SATURDAY, stage(settings, SATURDAY, "ccc", audiences=()))

    assert published_nights(settings) == [FRIDAY, SATURDAY]
    assert closed_nights(settings) == [FRIDAY]


def test_a_home_whose_current_is_a_night_without_exports_gets_out_of_it(
    settings: Settings,
) -> None:
    make_warehouse(settings)
    publish_night(settings, SATURDAY, stage(settings, SATURDAY, "ccc", audiences=()))
    arrived = settings.home / "inbox" / "consent" / "ledger" / f"{FRIDAY}.csv"
    arrived.parent.mkdir(parents=True)
    arrived.write_text("subject\n")
    assert newest_night(settings) == FRIDAY
    publish(settings, FRIDAY)
    assert read_current(settings).night == FRIDAY.isoformat()

    # a night that waits for its consents has exports, and stays
    arrived.with_name(f"{SATURDAY}.csv").write_text("subject\n")
    make_warehouse(settings)
    publish_night(settings, SATURDAY, stage(settings, SATURDAY, "ddd", audiences=()))
    publish(settings, FRIDAY, "eee")
    assert read_current(settings).night == SATURDAY.isoformat()


def test_an_unfinished_export_is_not_published(settings: Settings) -> None:
    make_warehouse(settings)
    staging = stage(settings, FRIDAY, "aaa")
    (staging / "manifest.json").unlink()

    with pytest.raises(NothingToPublishError, match="nightpost run --date 2026-04-03"):
        publish_night(settings, FRIDAY, staging)
    with pytest.raises(NothingPublishedError, match="nightpost run"):
        read_current(settings)


def test_databases_of_long_gone_nights_are_removed(settings: Settings) -> None:
    for day in range(1, 11):
        publish(settings, date(2026, 4, day))

    names = sorted(path.name[:10] for path in settings.published.iterdir())
    assert names == [f"2026-04-{day:02d}" for day in range(4, 11)]
    assert len(published_nights(settings)) == 10, "the outbox of every night stays"
