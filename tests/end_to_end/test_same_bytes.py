"""A night is a pure function: row order, machine and re-runs change no byte."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.end_to_end.conftest import LAST_NIGHT, Runner, outbox_bytes

NIGHT = LAST_NIGHT.isoformat()
YESTERDAY = "2026-04-04"


def shuffle_rows(path: Path) -> None:
    """Shuffle the records of a text export; a CSV's header stays first.

    The demo exports hold no line break inside a quoted field, so lines are records. The
    same content is shuffled alike: a file delivered twice is still delivered twice.
    """
    text = path.read_text(encoding="utf-8")
    chance = random.Random(text)
    lines = text.splitlines(keepends=True)
    head, body = (lines[:1], lines[1:]) if path.suffix == ".csv" else ([], lines)
    chance.shuffle(body)
    path.unlink()
    path.write_text("".join([*head, *body]), encoding="utf-8")


def test_the_same_night_twice_is_the_same_to_the_byte(
    finished_home: Path, new_home: Callable[[], Path], run: Runner
) -> None:
    home = new_home()
    assert run(home, "run").code == 0
    first = outbox_bytes(home, NIGHT)
    assert run(home, "run").code == 0

    assert outbox_bytes(home, NIGHT) == first
    assert first == outbox_bytes(finished_home, NIGHT)


def test_shuffled_rows_another_time_zone_and_one_thread_change_no_byte(
    finished_home: Path, new_home: Callable[[], Path], run: Runner
) -> None:
    home = new_home()
    for path in sorted((home / "inbox").rglob("*.*")):
        if path.is_file():
            shuffle_rows(path)
    ended = run(home, "run", TZ="Pacific/Auckland", NIGHTPOST_THREADS="1")

    assert ended.code == 0, ended.output
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
    assert f"{members[1].split(',')[0]},lost_permission" in left.splitlines()
