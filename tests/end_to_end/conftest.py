"""Homes with demo exports, and nights run on them, shared by the end-to-end tests."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.home.settings import read_settings
from seeds.demo import generate
from tests.end_to_end.children import DataTests, Ended, Kill, nightpost
from tests.end_to_end.refusals import plant_refusals

PEOPLE, DAYS, SEED = 400, 30, 7
LAST_NIGHT = date(2026, 4, 5)
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
def new_home(
    demo_exports: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Make a home that holds the demo exports and nothing else."""

    def make() -> Path:
        home = tmp_path_factory.mktemp("home")
        shutil.copytree(demo_exports / "inbox", home / "inbox", copy_function=os.link)
        return home

    return make


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
