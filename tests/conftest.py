"""The dbt project, compiled and built on nothing once per session, for whoever asks.

What only some folders need stands in their own conftest.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from xdist.scheduler import LoadFileScheduling

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.home.fingerprints import written_files
from orchestration.identity.cleaning.values import write_empty_tables
from orchestration.identity.linkage.linkage import write_empty_linked_tables
from orchestration.identity.people.people_tables import write_empty_people_tables
from orchestration.predictions.prediction_tables import write_empty_predictions
from orchestration.predictions.recommenders.candidates import write_empty_candidates

REPOSITORY = Path(__file__).resolve().parent.parent
PROJECT = REPOSITORY / "dbt_project"
NIGHT = date(2026, 4, 5)


# What takes minutes to build, and the fixtures by which a file's tests ask for it: they run
# in one process, so that it is built once.
SHARED = {
    "the project": r"\b(manifest|compiled_sql|empty_build|scratch_home)\b: (dict\[str, (Any|str)\]|Path|Empty)",
    "the samples": r"\b(sample_night|rows)\b: (duckdb|Rows)",
    "the demo's homes": r"\b(new_home|yesterday_home|finished_home|truth): (Callable|Path)",
}


class TogetherByBuild(LoadFileScheduling):
    """Give a process the files that share a build, else one file at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0])


@cache
def group_of(file: str) -> str:
    """Return which build the tests of a file share with others', or the file itself."""
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    asked = (name for name, fixtures in SHARED.items() if re.search(fixtures, text))
    return next(asked, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherByBuild:
    """Let `pytest -n` hand out tests so."""
    return TogetherByBuild(config, log)


def every_vendor() -> Mapping[str, bool]:
    """Return the dbt vars that switch every vendor on, the rarely used ones too."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return {name: True for name in project["vars"] if name.startswith("use_")}


def project_files(*patterns: str) -> list[Path]:
    """Return the files of the dbt project that match, but what dbt by hand left there.

    dbt makes a folder for each yml of a test that it ran, called like the yml.
    """
    return [
        path
        for path in sorted(written_files(PROJECT))
        if any(path.match(pattern) for pattern in patterns)
    ]


@dataclass(frozen=True)
class EmptyBuild:
    """What `dbt build --empty` said, and the columns of what it built."""

    failures: dict[str, str]
    unit_tests: tuple[str, ...]
    columns: tuple[tuple[str, str, str, str], ...]
    """Schema, relation, column and type."""


@pytest.fixture(scope="session")
def scratch_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which nothing ever arrived: every raw view is there and empty."""
    home = tmp_path_factory.mktemp("scratch_home")
    with duckdb.connect(str(home / "nightpost.duckdb")) as connection:
        contracts = read_contracts(PROJECT, every_vendor())
        write_raw_views(connection, home, contracts, NIGHT)
        write_empty_tables(connection)
        write_empty_linked_tables(connection)
        write_empty_people_tables(connection)
        write_empty_predictions(connection)
        write_empty_candidates(connection)
    return home


@pytest.fixture(scope="session")
def manifest(scratch_home: Path) -> dict[str, Any]:
    """dbt's manifest of the whole project, with compiled SQL."""
    outcome = call_dbt(scratch_home, "compile")
    assert outcome.success, f"The dbt project does not compile: {outcome.exception}"
    text = (scratch_home / "target" / "manifest.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@pytest.fixture(scope="session")
def compiled_sql(manifest: dict[str, Any]) -> dict[str, str]:
    """The compiled SQL of every model and of every data test with a file of its own."""
    return {
        node["name"]: node["compiled_code"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        or (node["resource_type"] == "test" and "test_metadata" not in node)
    }


@pytest.fixture(scope="session")
def empty_build(scratch_home: Path, manifest: dict[str, Any]) -> EmptyBuild:
    """Every seed, model, data test and unit test, run over no rows at all."""
    results = results_of(call_dbt(scratch_home, "build", "--empty", "--no-write-json"))
    with duckdb.connect(str(scratch_home / "nightpost.duckdb")) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name, data_type "
            "from information_schema.columns order by all"
        ).fetchall()
    return EmptyBuild(
        failures={
            result.node.name: str(result.message).strip()
            for result in results
            # dbt does nothing with an exposure
            if result.status not in {"success", "pass", "no-op"}
        },
        unit_tests=tuple(
            result.node.name
            for result in results
            if result.node.resource_type == "unit_test"
        ),
        columns=tuple(columns),
    )


def call_dbt(home: Path, *arguments: str) -> dbtRunnerResult:
    """Run dbt in this process, every vendor on, on the warehouse of ``home``.

    The warehouse is closed again afterwards.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NIGHTPOST_WAREHOUSE", str(home / "nightpost.duckdb"))
        environment.setenv("NIGHTPOST_AS_OF", NIGHT.isoformat())
        environment.delenv("NIGHTPOST_HELD_SEGMENTS", raising=False)
        environment.setenv("DO_NOT_TRACK", "1")
        try:
            return dbtRunner().invoke(
                [
                    "--quiet", "--log-level", "none", "--log-level-file", "none",
                    *arguments,
                    "--vars", json.dumps(every_vendor()),
                    "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
                    "--target-path", str(home / "target"),
                    "--log-path", str(home / "logs"),
                ]
            )  # fmt: skip
        finally:
            connections: Any = DuckDBConnectionManager
            connections.close_all_connections()


def results_of(outcome: dbtRunnerResult) -> list[Any]:
    """Return what became of every node that dbt ran."""
    results = getattr(outcome.result, "results", None)
    assert results is not None, f"dbt stopped at once: {outcome.exception}"
    return list(results)
