"""A night is a pure function: row order, machine and re-runs change no byte."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.conftest import (
    NIGHT,
    YESTERDAY,
    Runner,
    copy_of,
    outbox_bytes,
    tonight_arrives,
)


def assert_standings_follow_yesterdays(home: Path) -> None:
    """Assert that tonight's previous groups and stages are those that yesterday published."""
    (today,) = (home / "published").glob(f"{NIGHT}-*.duckdb")
    (yesterday,) = (home / "published").glob(f"{YESTERDAY}-*.duckdb")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{today}' as today (read_only)")
        connection.execute(f"attach '{yesterday}' as yesterday (read_only)")
        for mart, previous, value in (
            ("rfm_scores", "previous_group", "rfm_group"),
            ("lifecycle_stages", "previous_stage", "lifecycle_stage"),
        ):
            differ = connection.execute(
                f"select count(*), count(*) filter ({previous} is distinct from theirs) "
                f"from today.marts.{mart} inner join "
                f"(select profile_id, {value} as theirs from yesterday.marts.{mart}) "
                "using (profile_id)"
            ).fetchone()
            assert differ and differ[0] > 0 and differ[1] == 0, mart
        moved = connection.execute(
            "select count(*) from today.marts.rfm_changes "
            f"where night = date '{NIGHT}' and previous_value is not null"
        ).fetchone()
        assert moved and moved[0] > 0


@pytest.fixture(scope="module")
def addressee(yesterday_home: Path) -> tuple[str, str]:
    """The id and address of somebody whom yesterday's night exported."""
    outbox = outbox_bytes(yesterday_home, YESTERDAY)
    members = outbox["audiences/high_engagement/members.csv"].decode().splitlines()
    profile_id, address, *_ = members[1].split(",")
    return profile_id, address


@pytest.fixture(scope="module")
def home(
    yesterday_home: Path,
    addressee: tuple[str, str],
    run: Runner,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A home of two nights, with a withdrawal of yesterday that came after its night."""
    home = copy_of(yesterday_home, tmp_path_factory.mktemp("two") / "home")
    tonight_arrives(home)
    late = home / "inbox" / "consent" / "ledger" / f"{YESTERDAY}-late.csv"
    ledger = late.with_name(f"{YESTERDAY}.csv").read_text(encoding="utf-8")
    event = (
        f"{addressee[1]},email,marketing,consent,withdrawn,2026-04-01T10:00:00Z,"
        "call,,,,,GB"
    )
    late.write_text(f"{ledger.splitlines()[0]}\n{event}\n", encoding="utf-8")
    ended = run(home, "run")
    assert ended.code == 0, ended.output
    return home


def test_the_same_night_twice_is_the_same_to_the_byte(
    finished_home: Path, run: Runner, tmp_path: Path
) -> None:
    """In another folder, too: no path is in what leaves."""
    home = copy_of(finished_home, tmp_path / "home")
    assert run(home, "run").code == 0

    assert outbox_bytes(home, NIGHT) == outbox_bytes(finished_home, NIGHT)


def test_a_file_for_a_published_night_counts_from_the_next_one_on(
    home: Path, addressee: tuple[str, str]
) -> None:
    profile_id, address = addressee
    tonight = outbox_bytes(home, NIGHT)
    exported = b"".join(body for name, body in tonight.items() if "members" in name)
    assert address.encode() not in exported, "the late withdrawal counts tonight"
    left = tonight["audiences/high_engagement/left.csv"].decode()
    departed = f"{profile_id},lost_permission,{address}"
    assert departed in left.splitlines(), "a service needs the address to remove it"


def test_tonights_standings_follow_yesterdays(home: Path) -> None:
    assert_standings_follow_yesterdays(home)


def test_yesterday_rebuilt_after_today_arrived_is_the_same_to_the_byte(
    home: Path, yesterday_home: Path, run: Runner
) -> None:
    assert run(home, "run", "--date", YESTERDAY).code == 0

    assert outbox_bytes(home, YESTERDAY) == outbox_bytes(yesterday_home, YESTERDAY)
    current = json.loads((home / "outbox" / "CURRENT").read_text())
    assert current["night"] == NIGHT, "a past night never moves CURRENT back"
