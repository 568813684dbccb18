"""Who may read whom in the dbt project, as `dbt_project/README.md` draws it."""

from typing import Any

LAYERS = ("clock", "staging", "intermediate", "marts", "segments", "activation")
MAY_READ = {
    "clock": set(),
    "staging": {"source", "seed", "clock"},
    "intermediate": {"staging", "intermediate", "seed", "clock"},
    "marts": {"staging", "intermediate", "marts", "seed", "clock"},
    "segments": {"marts", "clock"},
    "activation": {"segments", "marts", "activation", "seed", "clock"},
}


def layer_of(manifest: dict[str, Any], unique_id: str) -> str:
    """Return the layer of a model, else `seed` or `source`."""
    if unique_id in manifest["sources"]:
        return "source"
    node = manifest["nodes"][unique_id]
    return str(node["fqn"][1] if node["resource_type"] == "model" else "seed")


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the project's models."""
    nodes = manifest["nodes"].values()
    return [node for node in nodes if node["resource_type"] == "model"]


def is_own_vendor(manifest: dict[str, Any], reader: dict[str, Any], read: str) -> bool:
    """Tell whether both are staging models of one vendor."""
    node = manifest["nodes"].get(read, {})
    folder = node.get("fqn", [])[:-1]
    return bool(reader["fqn"][1] == "staging" and folder == reader["fqn"][:-1])


def test_every_model_stands_in_a_layer(manifest: dict[str, Any]) -> None:
    homeless = [
        node["name"] for node in models(manifest) if node["fqn"][1] not in LAYERS
    ]

    assert not homeless, f"Move these into one of {', '.join(LAYERS)}: {homeless}"


def test_a_model_reads_only_what_its_layer_may_read(manifest: dict[str, Any]) -> None:
    told = [
        f"{node['name']} ({node['fqn'][1]}) may not read {read} "
        f"({layer_of(manifest, read)}); it may read {sorted(MAY_READ[node['fqn'][1]])}."
        for node in models(manifest)
        for read in node["depends_on"]["nodes"]
        if layer_of(manifest, read) not in MAY_READ[node["fqn"][1]]
        and not is_own_vendor(manifest, node, read)
    ]

    assert not told, "\n".join(told)


def test_a_vendor_is_read_by_its_own_staging_folder_only(
    manifest: dict[str, Any],
) -> None:
    told = [
        f"{node['name']} reads {read}; only its folder in models/staging may."
        for node in models(manifest)
        for read in node["depends_on"]["nodes"]
        if read in manifest["sources"] and read.split(".")[2] != node["fqn"][-2]
    ]

    assert not told, "\n".join(told)


def test_run_context_is_the_only_clock(manifest: dict[str, Any]) -> None:
    clock = [node["name"] for node in models(manifest) if node["fqn"][1] == "clock"]

    assert clock == ["run_context"]
