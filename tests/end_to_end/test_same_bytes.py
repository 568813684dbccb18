"""A night is a pure function: row order, machine and re-runs change no byte."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.end_to_end.conftest import LAST_NIGHT, Runner, outbox_bytes

NIGHT = LAST_NIGHT.isoformat()
YESTERDAY = "2026-04-04"


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


def test_the_same_night_twice_is_the_same_to_the_byte(
    finished_home: Path, run: Runner, tmp_path: Path
) -> None:
    """In another folder, too: no path is in what leaves."""
    home = tmp_path / "home"
    shutil.copytree(finished_home, home, symlinks=True)
    assert run(home, "run").code == 0

    assert outbox_bytes(home, NIGHT) == outbox_bytes(finished_home, NIGHT)


def test_yesterday_rebuilt_after_today_arrived_is_the_same_to_the_byte(
    new_home: Callable[[], Path], run: Runner
) -> None:
    home = new_home()
    waiting = home / "waiting"
    for path in sorted((home / "inbox").rglob(f"{NIGHT}*")):
        target = waiting / path.relative_to(home / "inbox")
        target.parent.mkdir(parents=True)
        shutil.move(path, target)
    assert run(home, "run", "--date", YESTERDAY).code == 0
    before = outbox_bytes(home, YESTERDAY)
    shutil.copytree(waiting, home / "inbox", dirs_exist_ok=True)
    assert run(home, "run").code == 0
    assert_standings_follow_yesterdays(home)
    assert run(home, "run", "--date", YESTERDAY).code == 0

    assert outbox_bytes(home, YESTERDAY) == before
    current = json.loads((home / "outbox" / "CURRENT").read_text())
    assert current["night"] == NIGHT, "a past night never moves CURRENT back"


def test_a_file_for_a_published_night_counts_from_the_next_one_on(
    new_home: Callable[[], Path], run: Runner
) -> None:
    home = new_home()
    assert run(home, "run", "--date", YESTERDAY).code == 0
    before = outbox_bytes(home, YESTERDAY)
    late = home / "inbox" / "consent" / "ledger" / f"{YESTERDAY}-late.csv"
    ledger = late.with_name(f"{YESTERDAY}.csv").read_text(encoding="utf-8")
    header = ledger.splitlines()[0]
    members = before["audiences/high_engagement/members.csv"].decode().splitlines()
    address = members[1].split(",")[1]
    event = (
        f"{address},email,marketing,consent,withdrawn,2026-04-01T10:00:00Z,call,,,,,GB"
    )
    late.write_text(f"{header}\n{event}\n", encoding="utf-8")

    assert run(home, "run", "--date", YESTERDAY).code == 0
    assert outbox_bytes(home, YESTERDAY) == before
    assert run(home, "run").code == 0
    tonight = outbox_bytes(home, NIGHT)
    exported = b"".join(body for name, body in tonight.items() if "members" in name)
    assert address.encode() not in exported, "the late withdrawal counts tonight"
    left = tonight["audiences/high_engagement/left.csv"].decode()
    departed = f"{members[1].split(',')[0]},lost_permission,{address}"
    assert departed in left.splitlines(), "a service needs the address to remove it"
