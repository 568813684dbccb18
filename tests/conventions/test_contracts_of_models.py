"""What others may read promises its columns and types, and is closed to who may not."""

from typing import Any

import pytest

PROMISING = ("marts", "segments", "activation")


def models(manifest: dict[str, Any], *layers: str) -> list[dict[str, Any]]:
    """Return the models of some layers."""
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] in layers
    ]


@pytest.mark.parametrize("layer", PROMISING)
def test_every_model_that_others_read_keeps_a_contract(
    manifest: dict[str, Any], layer: str
) -> None:
    told = [
        f"{node['name']}: its contract is not enforced."
        for node in models(manifest, layer)
        if not node["config"]["contract"]["enforced"]
    ]

    assert not told, "\n".join(told)


def test_segments_may_not_read_what_is_private_to_the_house(
    manifest: dict[str, Any],
) -> None:
    opened = {
        node["name"]
        for node in models(manifest, "staging", "intermediate")
        if node["access"] != "private"
    }

    # read by a test that stands on segments too
    assert opened == {"int_personalisation_refused"}
    assert {node["group"] for node in models(manifest, "segments")} == {"marketing"}
