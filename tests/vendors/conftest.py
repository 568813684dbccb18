"""Every vendor's sample, loaded and built into the unioned facts once per session.

A sample is a small file in the vendor's true layout, made up by us:
`samples/<source>/<table>/<export date>….<format>`.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.loads import load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.building.dbt import LEFT_OUT, STAGES
from orchestration.home.settings import read_settings
from orchestration.identity.cleaning.values import clean_values, held_columns
from orchestration.identity.people.settling import read_rules, settle_people
from tests.conftest import NIGHT, PROJECT, call_dbt, every_vendor, results_of

SAMPLES = Path(__file__).parent / "samples"

Rows = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def sample_night(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of a night that knows every vendor's sample, up to the facts."""
    home = tmp_path_factory.mktemp("samples")
    shutil.copytree(SAMPLES, home / "inbox")
    with built_facts(home) as connection:
        yield connection


@pytest.fixture(scope="session")
def rows(sample_night: duckdb.DuckDBPyConnection) -> Rows:
    """Return a function that gives the rows of a query as dictionaries."""

    def read(query: str) -> list[dict[str, Any]]:
        found = sample_night.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return read


PEOPLE = (
    "fqn:nightpost.staging.steps.people fqn:nightpost.intermediate.people "
    "fqn:nightpost.intermediate.behaviour"
)


@contextmanager
def built_facts(
    home: Path, facts: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Load the inbox of ``home``, build it up to ``facts`` and yield the warehouse.

    Without ``facts``, everything before the marts is built, the people too.
    """
    contracts = read_contracts(PROJECT, every_vendor())
    report = load_arrivals(home, contracts, [])
    told = [one.reason for one in (*report.held, *report.unknown)]
    assert not told, "Samples were not loaded:\n" + "\n".join(told)
    with duckdb.connect(str(home / "nightpost.duckdb")) as connection:
        write_raw_views(connection, home, contracts, NIGHT)
    assert call_dbt(home, "parse").success
    build(home, STAGES["staging"], LEFT_OUT["staging"])
    nodes = json.loads((home / "target" / "manifest.json").read_bytes())["nodes"]
    with duckdb.connect(str(home / "nightpost.duckdb")) as connection:
        country = read_settings(home).variable("default_country")
        clean_values(connection, held_columns(nodes), home, country)
    build(home, facts or STAGES["facts"])
    if facts is None:
        with duckdb.connect(str(home / "nightpost.duckdb")) as connection:
            rules = read_rules(read_settings(home).variables)
            settle_people(connection, NIGHT, [], rules)
        build(home, PEOPLE)
    with duckdb.connect(str(home / "nightpost.duckdb"), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        history = home / "nightpost_history.duckdb"
        connection.execute(f"attach '{history}' as history (read_only)")
        yield connection


def build(home: Path, select: str, exclude: str = "") -> None:
    """Build a part of the project, every vendor on."""
    outcome = call_dbt(
        home, "build", "--no-write-json", "--select", *select.split(),
        *(["--exclude", *exclude.split()] if exclude else []),
        "--exclude-resource-type", "unit_test", "--indirect-selection", "buildable",
    )  # fmt: skip
    failed = [
        f"{result.node.name}: {result.message}"
        for result in results_of(outcome)
        if result.status not in {"success", "pass"}
    ]
    assert not failed, "\n".join(failed)
