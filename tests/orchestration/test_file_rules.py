"""Events are worked out anew where what they are made by has changed, and only there."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from orchestration.building.file_rules import file_rules

VARS = {"session_minutes": 30, "use_ga4": True, "segment_priority": ["seg_vip"]}
Edit = Callable[[dict[str, Any]], object]


def node(kind: str, sql: str = "", **more: Any) -> dict[str, Any]:
    return {
        "resource_type": kind, "raw_code": sql, "columns": {}, "description": "Words.",
        "path": "somewhere", "config": {"materialized": "view", "meta": {}}, **more,
    }  # fmt: skip


def macro(name: str, sql: str) -> dict[str, str]:
    return {"name": name, "package_name": "nightpost", "macro_sql": sql}


PROJECT: dict[str, Any] = {
    "nodes": {
        "events": node(
            "model",
            "{# why #}\nselect {{ cut(var('session_minutes')) }}\n-- all\nfrom staged",
            config={"materialized": "by_file", "meta": {}},
        ),
        "staged": node("model", "select {{ url() }} as url from raw"),
        "names": node("seed", checksum={"checksum": "a"}),
        "mart": node("model", "select {{ money() }} from events"),
        "ages": node("seed", checksum={"checksum": "b"}),
    },
    "sources": {
        "raw": node(
            "source",
            columns={"url": {"name": "url", "data_type": "string", "description": "."}},
        )
    },
    "macros": {
        one["name"]: one
        for one in (
            macro("cut", "{{ engine_cut() }}"),
            macro("engine_cut", "{{ adapter.dispatch('engine_cut')() }}"),
            macro("duckdb__engine_cut", "cut"),
            macro("url", "url"),
            macro("money", "money"),
            macro("materialization_by_file_default", "insert"),
        )
    },
    "parent_map": {
        "events": ["staged", "names"],
        "staged": ["raw"],
        "mart": ["events", "ages"],
    },
}


def edited(edit: Edit) -> str:
    project = copy.deepcopy(PROJECT)
    edit(project)
    return file_rules(project, VARS)


@pytest.mark.parametrize(
    "edit",
    {
        "its SQL": lambda p: p["nodes"]["events"].update(raw_code="select 2"),
        "SQL before it": lambda p: p["nodes"]["staged"].update(raw_code="select 2"),
        "a macro": lambda p: p["macros"]["url"].update(macro_sql="other"),
        "an engine's macro": lambda p: p["macros"]["duckdb__engine_cut"].update(
            macro_sql="other"
        ),
        "how a file is added": lambda p: p["macros"][
            "materialization_by_file_default"
        ].update(macro_sql="other"),
        "a seed": lambda p: p["nodes"]["names"].update(checksum={"checksum": "c"}),
        "a contract": lambda p: p["sources"]["raw"]["columns"]["url"].update(
            data_type="date"
        ),
    }.values(),
)
def test_a_rule_of_events_works_them_out_anew(edit: Edit) -> None:
    assert edited(edit) != file_rules(PROJECT, VARS)


@pytest.mark.parametrize(
    "edit",
    {
        "a comment": lambda p: p["nodes"]["events"].update(
            raw_code="select {{ cut(var('session_minutes')) }}\n  -- other\nfrom staged"
        ),
        "a description": lambda p: p["nodes"]["staged"].update(description="Other."),
        "a column's words": lambda p: p["sources"]["raw"]["columns"]["url"].update(
            description="Other."
        ),
        "a file's place": lambda p: p["nodes"]["staged"].update(path="elsewhere"),
        "a mart": lambda p: p["nodes"]["mart"].update(raw_code="select 2"),
        "a mart's macro": lambda p: p["macros"]["money"].update(macro_sql="other"),
        "a mart's seed": lambda p: p["nodes"]["ages"].update(
            checksum={"checksum": "c"}
        ),
    }.values(),
)
def test_what_events_do_not_read_works_nothing_out_anew(edit: Edit) -> None:
    assert edited(edit) == file_rules(PROJECT, VARS)


def test_a_var_counts_where_it_is_named_and_a_vendors_switch_always() -> None:
    rules = file_rules(PROJECT, VARS)

    assert file_rules(PROJECT, VARS | {"segment_priority": []}) == rules
    assert file_rules(PROJECT, VARS | {"session_minutes": 45}) != rules
    assert file_rules(PROJECT, VARS | {"use_ga4": False}) != rules
