"""Columns watched for drift can be spread, and are nobody's name or address."""

import re
from typing import Any

from orchestration.watching.distributions import kind_of, meta_of, watched_columns
from tests.conftest import EmptyBuild

SAYS_WHO = (
    r"(^|_)(email|phone|(first|last|full)_name|contact|address|city|region|postal_code"
    r"|url|ip|birth|id|key|json)(_|$)"
)


# Words of a column that compares tonight with the night before.
SAYS_WHAT_CHANGED = r"(^|_)(movement|moved|changed?|previous|entered|left)(_|$)"


def test_a_watched_column_does_not_itself_say_what_changed(
    manifest: dict[str, Any],
) -> None:
    told = [
        f"{one.mart}.{one.column} tells what changed since the night before, so it must "
        "look different on a home's second night; take `drift: true` off it."
        for one in watched_columns(manifest["nodes"])
        if re.search(SAYS_WHAT_CHANGED, one.column)
    ]

    assert not told, "\n".join(told)


def test_a_watched_column_is_a_number_or_a_category(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> None:
    types = {
        (f"{schema}.{relation}", column): kind
        for schema, relation, column, kind in empty_build.columns
    }
    watched = watched_columns(manifest["nodes"])
    told = [
        f"{one.mart}.{one.column} is marked `drift: true`; only built numbers, texts and "
        "booleans can be."
        for one in watched
        if not kind_of(types.get((one.mart, one.column), ""))
    ]

    assert watched
    assert not told, "\n".join(told)


def test_a_watched_text_says_nothing_about_one_person(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> None:
    texts = {
        (f"{schema}.{relation}", column)
        for schema, relation, column, kind in empty_build.columns
        if kind == "VARCHAR"
    }
    personal = {
        (f"{node['schema']}.{node['name']}", name)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for name, column in node["columns"].items()
        if meta_of(column).get("personal") or re.search(SAYS_WHO, name)
    }
    told = [
        f"{one.mart}.{one.column} is marked `drift: true`; its values would stand in the "
        "state, and they name people."
        for one in watched_columns(manifest["nodes"])
        if (one.mart, one.column) in texts & personal
    ]

    assert not told, "\n".join(told)
