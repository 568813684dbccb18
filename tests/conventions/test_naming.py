"""Names say the layer, the vendor and the type, so that nobody has to look."""

import re
from typing import Any

import pytest

from tests.conftest import EmptyBuild

MODEL_NAMES = {
    "staging": r"stg_(?P<folder>[a-z0-9_]+?)__[a-z0-9_]+(__rejected)?",
    "intermediate": r"int_[a-z0-9]+(_[a-z0-9]+)*",
    "marts": r"(?!(stg|int|seg|act)_)[a-z][a-z0-9_]*s|[a-z]+_(history|engagement)",
    "segments": r"seg_[a-z0-9]+(_[a-z0-9]+)*",
    "activation": r"act_[a-z0-9]+(_[a-z0-9]+)*",
    "clock": r"run_context",
}
COLUMN_NAMES = {
    "BOOLEAN": r"(is|has|requires)_\w+",
    "DATE": r"\w+_date|night|valid_from",
    "TIMESTAMP": r"\w+_at",
}
OUR_SCHEMAS = {*MODEL_NAMES, "reference"}


@pytest.mark.parametrize("layer", MODEL_NAMES)
def test_a_models_name_says_its_layer(manifest: dict[str, Any], layer: str) -> None:
    told = [
        f"{node['name']} in {layer} should match {MODEL_NAMES[layer]}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == layer
        if not re.fullmatch(MODEL_NAMES[layer], node["name"])
    ]

    assert not told, "\n".join(told)


def test_a_staging_model_names_its_vendor(manifest: dict[str, Any]) -> None:
    told = [
        f"{node['name']} stands in models/{'/'.join(node['fqn'][1:-1])}; call it "
        f"stg_{node['fqn'][-2]}__<entities>."
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "staging"
        if not node["name"].startswith(f"stg_{node['fqn'][-2]}__")
    ]

    assert not told, "\n".join(told)


def test_the_schema_is_the_layer(manifest: dict[str, Any]) -> None:
    told = [
        f"{node['name']} is built in schema {node['schema']}, not {node['fqn'][1]}."
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] != node["fqn"][1]
    ]

    assert not told, "\n".join(told)


def test_a_columns_name_says_its_type(empty_build: EmptyBuild) -> None:
    told = [
        f"{schema}.{relation}.{column} is a {kind}; call it like {COLUMN_NAMES[kind]}."
        for schema, relation, column, kind in empty_build.columns
        if schema in OUR_SCHEMAS and kind in COLUMN_NAMES
        if not re.fullmatch(COLUMN_NAMES[kind], column)
    ]

    assert not told, "\n".join(told)


def test_a_name_that_says_a_type_has_it(empty_build: EmptyBuild) -> None:
    told = [
        f"{schema}.{relation}.{column} reads like a {kind} and is a {actual}."
        for schema, relation, column, actual in empty_build.columns
        if schema in OUR_SCHEMAS
        for kind, pattern in (
            ("BOOLEAN", r"(is|has)_\w+"),
            ("DATE", r"\w+_date"),
            ("TIMESTAMP", r"\w+_at"),
        )
        if re.fullmatch(pattern, column) and actual != kind
    ]

    assert not told, "\n".join(told)


def test_no_timestamp_carries_a_time_zone(empty_build: EmptyBuild) -> None:
    told = [
        f"{schema}.{relation}.{column}"
        for schema, relation, column, kind in empty_build.columns
        if schema in OUR_SCHEMAS and kind == "TIMESTAMP WITH TIME ZONE"
    ]

    assert not told, f"Timestamps are UTC without a zone, unlike {told}."
