"""What profiles a person is marked `uses: personalisation` and holds nobody who refused it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import EmptyBuild

# What remains of somebody who has refused: facts needed to serve them, or to leave them alone.
FACTS = {
    "audience_history",
    "cart_items",
    "carts",
    "consents",
    "email_engagement",
    "experiment_assignments",
    "loyalty_accounts",
    "order_lines",
    "orders",
    "personalisation_refusals",
    "refusals",
    "preferences",
    "profile_aliases",
    "profile_attributes",
    "profile_changes",
    "profile_identifiers",
    "profile_restrictions",
    "profile_time_zones",
    "profiles",
    "social_engagements",
    "web_events",
    "web_sessions",
    "sends",
}
# A segment that reads one of these follows what a person did.
DEEDS = {
    "cart_items",
    "carts",
    "email_engagement",
    "social_engagements",
    "web_events",
    "web_sessions",
}
TEST = "nobody_who_refused"


@pytest.fixture(scope="module")
def people_tables(
    manifest: dict[str, Any], empty_build: EmptyBuild
) -> dict[str, dict[str, Any]]:
    """Marts and segments about people, by name."""
    with_people = {
        relation
        for schema, relation, column, _ in empty_build.columns
        if schema in {"marts", "segments"} and column == "profile_id"
    }
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["name"] in with_people
    }


def is_marked(node: dict[str, Any]) -> bool:
    """Tell whether a model says that it profiles people."""
    return bool(node["config"]["meta"].get("uses") == "personalisation")


def parents(manifest: dict[str, Any], node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the models that a model reads itself."""
    for unique_id in node["depends_on"]["nodes"]:
        if unique_id.startswith("model."):
            yield manifest["nodes"][unique_id]


def test_a_mart_about_people_is_a_fact_or_marked(
    people_tables: dict[str, dict[str, Any]],
) -> None:
    told = [
        f"{name} is about people: mark it `uses: personalisation` in its yml's meta, with "
        f"the test {TEST}; or list it as a fact in {__file__}."
        for name, node in people_tables.items()
        if node["schema"] == "marts" and is_marked(node) == (name in FACTS)
    ]

    assert not told, "\n".join(told)


def test_what_reads_a_marked_table_or_peoples_deeds_is_marked(
    manifest: dict[str, Any], people_tables: dict[str, dict[str, Any]]
) -> None:
    told = [
        f"{name} reads {parent['name']}: mark it `uses: personalisation`."
        for name, node in people_tables.items()
        for parent in parents(manifest, node)
        if not is_marked(node)
        and (
            is_marked(parent)
            or (node["schema"] == "segments" and parent["name"] in DEEDS)
        )
    ]

    assert not told, "\n".join(told)


def test_every_marked_table_is_tested_for_those_who_refused(
    manifest: dict[str, Any],
) -> None:
    marked = {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and is_marked(node)
    }
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("test_metadata", {}).get("name") == TEST
    }

    assert len(marked) > 5
    assert marked == tested, f"give {marked ^ tested} both the mark and the test {TEST}"
