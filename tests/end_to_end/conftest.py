"""Homes with demo exports, and nights run on them, shared by the end-to-end tests."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.loads import load_arrivals
from orchestration.home.settings import read_settings
from seeds.demo import generate
from tests.end_to_end.children import DataTests, Ended, Kill, nightpost
from tests.end_to_end.refusals import plant_refusals

PEOPLE, DAYS, SEED = 400, 30, 7
LAST_NIGHT = date(2026, 4, 5)
NIGHT, YESTERDAY = "2026-04-05", "2026-04-04"
# What every home begins with is loaded once; the days after it arrive in each.
LOADED_UNTIL = "2026-04-01"
# A drop that is four weeks late where nights follow one another.
LATE_DROP = "ga4/events/2026-03-08"
KEY = {"NIGHTPOST_UNSUBSCRIBE_KEY": "a key for tests only, the same in every home"}

# Segments that the demo plants people for; a new one may catch nobody there.
FED_BY_THE_DEMO = {
    "browse_abandoners", "cart_abandoners", "champions", "customers", "high_engagement",
    "lapsing_loyal", "prospects", "recent_purchasers", "vip_engaged_buyers", "welcome",
}  # fmt: skip

Runner = Callable[..., Ended]


@pytest.fixture(scope="session")
def demo_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `inbox` and `demo_truth` for 400 people and 30 days.

    Fifty of the people refuse personalisation on the last night.
    """
    folder = tmp_path_factory.mktemp("demo")
    generate(
        folder / "inbox", folder / "demo_truth", people=PEOPLE, days=DAYS, seed=SEED,
        last_day=LAST_NIGHT,
    )  # fmt: skip
    plant_refusals(folder, LAST_NIGHT.isoformat())
    return folder


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Run a `nightpost` command on a home in a child process."""
    logs = tmp_path_factory.mktemp("logs")
    count = 0

    def run_on(
        home: Path,
        *arguments: str,
        kill: Kill | None = None,
        umask: int | None = None,
        data_tests: DataTests = DataTests.NONE,
        by_dagster: bool = False,
        **environment: str,
    ) -> Ended:
        nonlocal count
        count += 1
        return nightpost(
            [*arguments, "--home", str(home)],
            log=logs / f"{count}.log",
            environment={**KEY, **environment},
            kill=kill,
            umask=umask,
            data_tests=data_tests,
            by_dagster=by_dagster,
        )

    return run_on


@pytest.fixture(scope="session")
def begun_home(demo_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that loaded the demo's older exports; the newest four days lie in its inbox."""
    home = tmp_path_factory.mktemp("begun")
    exports = demo_exports / "inbox"
    for path in sorted(exports.rglob("*.*")):
        if path.name[:10] <= LOADED_UNTIL and LATE_DROP not in path.as_posix():
            link(path, home / "inbox" / path.relative_to(exports))
    report = load_arrivals(home, read_contracts(read_settings(home).project_dir), ())
    assert report.loaded and not report.held
    shutil.copytree(
        exports, home / "inbox", copy_function=link_anew, dirs_exist_ok=True
    )
    return home


@pytest.fixture(scope="session")
def new_home(
    begun_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Make a home that knows the demo exports and has seen no night."""

    def make() -> Path:
        return copy_of(begun_home, tmp_path_factory.mktemp("home") / "home")

    return make


def link(path: Path, target: Path) -> None:
    """Let a file be in another folder, too; exports are never written to in place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, target)


def link_anew(path: str, target: str) -> None:
    """Let a file be in another folder, too, unless it is there."""
    if not Path(target).exists():
        os.link(path, target)


def copy_of(home: Path, target: Path) -> Path:
    """Copy a home; what is never written to in place is only linked."""

    def copy(path: str, to: str) -> None:
        is_fixed = path.endswith(".parquet") or "/inbox/" in path
        (os.link if is_fixed else shutil.copy2)(path, to)

    shutil.copytree(home, target, symlinks=True, copy_function=copy)
    return target


@pytest.fixture(scope="session")
def yesterday_home(new_home: Callable[[], Path], run: Runner) -> Path:
    """A home of yesterday's night alone; what arrives tonight lies in `waiting`."""
    home = new_home()
    drops = [*home.glob(f"inbox/*/*/{NIGHT}*"), *home.glob(f"inbox/{LATE_DROP}*")]
    for path in sorted(drops):
        target = home / "waiting" / path.relative_to(home / "inbox")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
    ended = run(home, "run", "--date", YESTERDAY)
    assert ended.code == 0, ended.output
    return home


def tonight_arrives(home: Path) -> None:
    """Let arrive what waited, the drop that is four weeks late among it."""
    shutil.copytree(home / "waiting", home / "inbox", dirs_exist_ok=True)


@pytest.fixture(scope="session")
def finished_home(new_home: Callable[[], Path], run: Runner) -> Path:
    """A home on which the newest demo night has been run. Tests only read it."""
    home = new_home()
    ended = run(home, "run", data_tests=DataTests.ALL, by_dagster=True)
    assert ended.code == 0, ended.output
    return home


@pytest.fixture(scope="module")
def night(finished_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database of the finished home, as a preview opens it."""
    current = json.loads((finished_home / "outbox" / "CURRENT").read_text())
    with duckdb.connect(
        str(finished_home / current["database"]), read_only=True
    ) as connection:
        yield connection


@pytest.fixture(scope="module")
def truth(demo_exports: Path) -> Path:
    """The folder with what is really so."""
    return demo_exports / "demo_truth"


def listed_segments() -> set[str]:
    """Return the slugs of the segments that the project lists."""
    return {model.removeprefix("seg_") for model in read_settings().segment_models}


def outbox_bytes(home: Path, night: str) -> dict[str, bytes]:
    """Return every file of a night's outbox by its path."""
    folder = (home / "outbox" / night).resolve()
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
