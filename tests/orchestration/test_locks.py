"""The night's lock keeps processes apart, and dies with the one that holds it."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from orchestration.home.locks import NightRunningError, night_lock

HOLD = """
import sys, time
from pathlib import Path
from orchestration.home.locks import night_lock
with night_lock(Path(sys.argv[1]), wait=False):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.timeout(30)
def test_a_second_process_is_told_and_a_killed_one_leaves_nothing_to_clean(
    tmp_path: Path,
) -> None:
    with holder(tmp_path) as other:
        with (
            pytest.raises(NightRunningError, match="already running"),
            night_lock(tmp_path, wait=False),
        ):
            pass
        other.kill()

    with night_lock(tmp_path, wait=False):
        pass


@pytest.mark.timeout(30)
def test_who_waits_comes_in_when_the_other_process_has_ended(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        threading.Timer(0.5, other.kill).start()
        with night_lock(tmp_path, wait=True):
            assert other.wait() != 0


@pytest.mark.timeout(30)
def test_one_process_may_enter_again_from_any_thread(tmp_path: Path) -> None:
    entered = []

    def enter() -> None:
        with night_lock(tmp_path, wait=True):
            entered.append(True)

    with night_lock(tmp_path, wait=False), night_lock(tmp_path, wait=False):
        threads = [threading.Thread(target=enter) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(entered) == 8


@pytest.mark.timeout(30)
def test_the_lock_is_held_until_the_outermost_block_ends(tmp_path: Path) -> None:
    with night_lock(tmp_path, wait=False):
        with night_lock(tmp_path, wait=False):
            pass
        ended = subprocess.run(
            [sys.executable, "-c", HOLD, str(tmp_path)],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=False,
        )
        assert "NightRunningError" in ended.stderr


def test_two_homes_do_not_know_each_other(tmp_path: Path) -> None:
    with night_lock(tmp_path / "a", wait=False), night_lock(tmp_path / "b", wait=False):
        assert (tmp_path / "a" / ".night.lock").stat().st_mode & 0o777 == 0o600
