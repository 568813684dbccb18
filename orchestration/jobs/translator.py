"""How dbt's nodes look in Dagster: grouped by layer, owned, described, checked."""

from collections.abc import Mapping
from typing import Any

from dagster_dbt import DagsterDbtTranslator

LAYERS = ("clock", "staging", "intermediate", "marts", "segments", "activation")


class NightpostTranslator(DagsterDbtTranslator):
    """Group = layer, owner = the yml's `meta.owner`, kind = what the node is."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the layer's name; `reference` for seeds."""
        if dbt_resource_props["resource_type"] == "source":
            return "raw"
        layer = dbt_resource_props["fqn"][1]
        return layer if layer in LAYERS else "reference"

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Return the owning team."""
        owner = owner_of(dbt_resource_props)
        return [f"team:{owner}"] if owner else []


def owner_of(dbt_resource_props: Mapping[str, Any]) -> str | None:
    """Return `meta.owner` of a node, wherever dbt keeps it."""
    config = dbt_resource_props.get("config") or {}
    meta = {**(dbt_resource_props.get("meta") or {}), **(config.get("meta") or {})}
    owner = meta.get("owner")
    return str(owner) if owner else None
