"""The nodes of a stage, read from the parsed project: what dbt's own selectors would find.

Asked of dbt, the same answer takes a walk over the whole graph for every selector of every
stage, three times over.
"""

from collections.abc import Iterable, Mapping
from typing import Any

# dbt's manifest as plain data.
Manifest = Mapping[str, Any]
BUILT = {"model", "seed"}


def chosen_nodes(manifest: Manifest, select: str, exclude: str = "") -> frozenset[str]:
    """Return the models and seeds that a selector means."""
    return frozenset(
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in BUILT
        and is_meant(node, select)
        and not is_meant(node, exclude)
    )


def is_meant(node: Mapping[str, Any], selector: str) -> bool:
    """Tell whether a part of a selector, `fqn:` or `resource_type:`, means a node."""
    for part in selector.split():
        method, _, value = part.partition(":")
        names = value.split(".")
        if method == "fqn" and node["fqn"][: len(names)] == names:
            return True
        if method == "resource_type" and node["resource_type"] == value:
            return True
    return False


def with_tests(manifest: Manifest, chosen: Iterable[str]) -> frozenset[str]:
    """Return ``chosen`` and each data test on them whose other models exist by then.

    So a test runs in the first stage in which all its models are there.
    """
    models = frozenset(chosen)
    there = models | ancestors(manifest, models)
    return models | {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and models.intersection(node["depends_on"]["nodes"])
        and there.issuperset(node["depends_on"]["nodes"])
    }


def ancestors(manifest: Manifest, nodes: Iterable[str]) -> set[str]:
    """Return everything that ``nodes`` are made from, directly or not."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        new = set(manifest["parent_map"].get(waiting.pop(), ())) - found
        found |= new
        waiting.extend(new)
    return found
