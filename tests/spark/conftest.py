"""One night on both engines: the demo and every vendor's sample, on a real cluster."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from seeds.demo import generate
from tests.conftest import PROJECT, every_vendor
from tests.end_to_end.children import DataTests, Ended, nightpost
from tests.spark.cluster import Cluster, running_cluster

SAMPLES = Path(__file__).parent.parent / "vendors" / "samples"
PEOPLE, DAYS, SEED = 120, 10, 7
NIGHT = date(2026, 4, 5)
KEY = {"NIGHTPOST_UNSUBSCRIBE_KEY": "a key for tests only, the same in every home"}
SECONDS_ALLOWED = 1500


@dataclass(frozen=True)
class Nights:
    """The homes of one night, by the engine that computed it."""

    on_duckdb: Path
    on_spark: Path
    spark_environment: dict[str, str]
    ended: Ended
    workers_before: int
    workers_after: int


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A master, two workers and a Thrift server on loopback."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which every vendor is switched on."""
    folder = tmp_path_factory.mktemp("project") / "dbt_project"
    shutil.copytree(PROJECT, folder)
    shutil.copytree(PROJECT.parent / "seeds", folder.parent / "seeds")
    configuration = folder / "dbt_project.yml"
    text = configuration.read_text(encoding="utf-8")
    for name in every_vendor():
        text = text.replace(f"  {name}: false", f"  {name}: true")
    # the samples of other consent sources have rows that nobody can read: they are held
    text = text.replace(
        "consent_sources: [consent, cmp, cookie_consent]", "consent_sources: [consent]"
    )
    configuration.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def nights(
    cluster: Cluster, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Nights:
    """One night on DuckDB, and on Spark, where one worker dies in its middle."""
    homes = [tmp_path_factory.mktemp(name) for name in ("on_duckdb", "on_spark")]
    inbox = tmp_path_factory.mktemp("exports") / "inbox"
    generate(
        inbox, inbox.parent / "demo_truth", people=PEOPLE, days=DAYS, seed=SEED,
        last_day=NIGHT,
    )  # fmt: skip
    for vendor in sorted(SAMPLES.iterdir()):
        if not (inbox / vendor.name).exists():
            shutil.copytree(vendor, inbox / vendor.name)
    for home in homes:
        shutil.copytree(inbox, home / "inbox")
    environment = {**KEY, "NIGHTPOST_PROJECT_DIR": str(project)}
    logs = tmp_path_factory.mktemp("logs")
    on_duckdb = run_night(homes[0], logs / "duckdb.log", environment)
    assert on_duckdb.code in (0, 3), on_duckdb.output
    before = cluster.workers_alive()
    killer = threading.Thread(
        target=kill_when, args=(cluster, homes[1] / "lake" / "marts"), daemon=True
    )
    killer.start()
    environment |= {
        "NIGHTPOST_TARGET": "spark",
        "NIGHTPOST_SPARK_PORT": str(cluster.port),
    }
    # the rows are DuckDB's to test; that Spark understands the tests, one of a kind shows
    on_spark = run_night(
        homes[1], logs / "spark.log", environment, data_tests=DataTests.EACH_KIND
    )
    killer.join(timeout=60)
    return Nights(
        homes[0], homes[1], environment, on_spark, before, cluster.workers_alive()
    )


def run_night(
    home: Path,
    log: Path,
    environment: dict[str, str],
    data_tests: DataTests = DataTests.NONE,
) -> Ended:
    """Run the night in a child process."""
    return nightpost(
        ["run", "--date", NIGHT.isoformat(), "--home", str(home)],
        log=log,
        environment={**os.environ, **environment},
        seconds=SECONDS_ALLOWED,
        data_tests=data_tests,
    )


def kill_when(cluster: Cluster, folder: Path) -> None:
    """Kill one worker with its executor as soon as a few tables are in ``folder``."""
    deadline = time.monotonic() + SECONDS_ALLOWED
    while time.monotonic() < deadline:
        if folder.exists() and len(list(folder.iterdir())) > 4:
            cluster.kill_worker("worker-2")
            return
        time.sleep(0.2)
