"""Every model is described, keyed, starts with its grain, and knows no clock and no engine."""

import re
from pathlib import Path
from typing import Any

import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.row_counts import rejecting_models
from tests.conftest import PROJECT, EmptyBuild, every_vendor

OWNERS = {
    "data-engineering",
    "crm-team",
    "shop-team",
    "web-team",
    "legal",
    "analytics",
}
FULLY_DESCRIBED = {"marts", "segments", "activation", "clock"}
KEY_TESTS = {"unique", "key"}
# A longer model is not read aloud; what is a noun in it is a model of its own.
MOST_LINES = 150
SQL_FILES = sorted(PROJECT.glob("models/**/*.sql"))
CLOCKS = r"\b(now|today|random|rand|uuid|gen_random_uuid|clock_timestamp)\s*\(" + (
    r"|\bcurrent_(date|time|timestamp)\b"
)
ENGINES = r"\b(duckdb|spark|snowflake|bigquery|postgres)\b|\btarget\.type\b"


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The project's models, as the manifest has them."""
    nodes = manifest["nodes"].values()
    return [node for node in nodes if node["resource_type"] == "model"]


def without_comments(sql: str) -> str:
    """Return ``sql`` without comments of SQL and Jinja."""
    return re.sub(r"--[^\n]*|\{#.*?#\}", " ", sql, flags=re.DOTALL)


def test_every_model_is_described_and_owned(models: list[dict[str, Any]]) -> None:
    told = [
        f"{node['name']} needs a description and config.meta.owner, one of {sorted(OWNERS)}, "
        "in the yml of its folder."
        for node in models
        if not node["description"].strip()
        or node["config"]["meta"].get("owner") not in OWNERS
    ]

    assert not told, "\n".join(told)


def test_every_model_has_a_key_test(manifest: dict[str, Any]) -> None:
    tests = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "test"
    ]
    keyed = {
        node["attached_node"]
        for node in tests
        if node.get("test_metadata", {}).get("name") in KEY_TESTS
        and not node["config"].get("where")
    }
    told = [
        f"{node['name']} needs `key` (tests/generic) on the columns that tell its rows apart."
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed"}
        and unique_id not in keyed
        # rows of a file, numbered by the loader
        and not node["name"].endswith("__rejected")
    ]

    assert not told, "\n".join(told)


def test_every_column_that_others_use_is_described(
    models: list[dict[str, Any]], empty_build: EmptyBuild
) -> None:
    told = []
    for node in models:
        if node["schema"] not in FULLY_DESCRIBED:
            continue
        built = {
            column
            for schema, relation, column, _ in empty_build.columns
            if (schema, relation) == (node["schema"], node["name"])
        }
        if not built:
            told.append(f"{node['name']} was not built; tests/dbt says why.")
            continue
        described = {
            name for name, column in node["columns"].items() if column["description"]
        }
        told += [
            f"{node['name']}.{name} has no description." for name in built - described
        ]
        told += [
            f"{node['name']}.{name} is described, not built."
            for name in described - built
        ]

    assert not told, "\n".join(sorted(told))


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_a_model_is_sql_only(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    first_line, code = sql.splitlines()[0], without_comments(sql)

    if "segments" not in path.parts:
        assert re.match(r"-- Grain: one row", first_line), (
            f"{path.name}: line 1 says what a row is: `-- Grain: one row per …`."
        )
    assert "config(" not in code, (
        f"{path.name}: configuration stands in dbt_project.yml."
    )
    assert not re.search(CLOCKS, code, re.IGNORECASE), (
        f"{path.name} reads a clock or rolls dice; a night is a function of its inputs. "
        "Use as_of_date() or as_of_at()."
    )
    assert not re.search(ENGINES, code, re.IGNORECASE), (
        f"{path.name} names an engine; put the difference into macros/engine/."
    )


def test_every_table_that_arrives_has_its_unreadable_rows_counted(
    manifest: dict[str, Any],
) -> None:
    counted = rejecting_models(manifest["nodes"])
    arriving = {
        (one.source, one.table) for one in read_contracts(PROJECT, every_vendor())
    }

    assert not arriving - counted.keys(), "These lack a model named …__rejected."


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_a_model_can_be_read_aloud(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= MOST_LINES, (
        f"{path.name} has {lines} lines; make a model of a noun in it."
    )
