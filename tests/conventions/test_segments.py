"""A segment is a pair of files with one column, an owner, bounds and a boundary test."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import PROJECT, REPOSITORY

FOLDER = PROJECT / "models" / "segments"
TEMPLATES = REPOSITORY / "exporters" / "templates"
SQL_FILES = sorted(FOLDER.rglob("*.sql"))
MAX_LINES = 40
HEADER = ("-- Who: ", "-- Why: ", "-- Not: ")


def read_pair(path: Path) -> dict[str, Any]:
    """Return the yml beside a segment's SQL."""
    loaded: dict[str, Any] = yaml.safe_load(
        path.with_suffix(".yml").read_text(encoding="utf-8")
    )
    return loaded


def test_there_are_segments() -> None:
    assert SQL_FILES


def test_sql_and_yml_come_in_pairs() -> None:
    sql = {path.with_suffix("") for path in SQL_FILES}
    yml = {path.with_suffix("") for path in FOLDER.rglob("*.yml")}
    lonely = sorted(path.name for path in sql ^ yml)

    assert not lonely, f"Each needs a .sql and a .yml of the same name: {lonely}"


def test_every_segment_has_its_place_in_the_priority_list() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    listed = project["vars"]["segment_priority"]
    files = {path.stem for path in SQL_FILES}

    assert len(listed) == len(set(listed)), (
        "A segment stands twice in segment_priority."
    )
    assert not files - set(listed), (
        f"Add {sorted(files - set(listed))} to `segment_priority` in dbt_project.yml; its "
        "place says who wins where a person is in several segments."
    )
    assert not set(listed) - files, (
        f"`segment_priority` in dbt_project.yml lists {sorted(set(listed) - files)}, for "
        "which models/segments has no file."
    )


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_the_sql_says_who_why_and_not(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    heads = tuple(line[: len(HEADER[0])] for line in lines if line[:8] in HEADER)

    assert heads == HEADER, f"{path.name} starts with the comments Who, Why and Not."
    assert lines[0].startswith(HEADER[0]), f"{path.name}: line 1 says who is in it."
    assert len(lines) <= MAX_LINES, (
        f"{path.name} has {len(lines)} lines; above {MAX_LINES}, move work into a mart."
    )
    assert "config(" not in "\n".join(lines), f"{path.name}: no config() in a segment."


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_the_yml_holds_what_marketers_and_exports_need(path: Path) -> None:
    (model,) = read_pair(path)["models"]
    meta = model["config"]["meta"]
    (column,) = model["columns"]

    assert model["name"] == path.stem
    assert re.search(r"\.$", model["description"].strip()), (
        "The description is sentences."
    )
    assert {"owner", "esp_list", "expected_rows"} <= set(meta)
    assert 0 <= meta["expected_rows"]["min"] < meta["expected_rows"]["max"]
    assert (column["name"], column["data_type"]) == ("profile_id", "string")
    tests = {
        test if isinstance(test, str) else next(iter(test))
        for test in column["data_tests"]
    }
    assert tests >= {"unique", "not_null", "relationships"}


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_the_segment_has_a_unit_test_whose_name_is_its_rule(path: Path) -> None:
    rules = read_pair(path).get("unit_tests", [])

    assert rules, (
        f"{path.stem} has no unit test; put the rows at its boundaries beside it."
    )
    for rule in rules:
        assert rule["model"] == path.stem
        assert rule["name"].count("_") >= 3, (
            f"Say the rule as a sentence: {rule['name']}"
        )
        assert not rule["name"].startswith("test_"), (
            f"Say the rule itself: {rule['name']}"
        )


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.stem)
def test_a_segment_with_a_window_is_tested_on_both_sides_of_it(path: Path) -> None:
    if not re.search(r"(hours|days|months)_before", path.read_text(encoding="utf-8")):
        return
    text = yaml.safe_dump(read_pair(path)["unit_tests"])
    seconds = {moment[-2:] for moment in re.findall(r"\d\d:\d\d:\d\d", text)}

    assert {"59", "00", "01"} <= seconds, (
        f"{path.stem} looks back in time: give rows on the boundary, one second inside and "
        "one second outside of it."
    )


def test_each_segment_is_one_column_by_contract(manifest: dict[str, Any]) -> None:
    told = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "segments"
        if not node["config"]["contract"]["enforced"]
        or list(node["columns"]) != ["profile_id"]
    ]

    assert not told, f"A segment has the column profile_id and no other, unlike {told}."


def test_what_a_mail_opens_with_is_known_where_recommendations_are_chosen() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    listed = project["vars"]["segments_that_open_with_the_last_view"]
    opening = sorted(
        f"seg_{file.parent.name}"
        for file in TEMPLATES.glob("*/template.toml")
        if "last_viewed" in tomllib.loads(file.read_text(encoding="utf-8"))["blocks"]
    )

    assert sorted(listed) == opening, (
        "List the segments whose template has the block `last_viewed`, and no others, under "
        "`segments_that_open_with_the_last_view` in dbt_project.yml: what the mail opens "
        "with is not recommended below it."
    )
