"""dbt's lineage ends where the house ends: exposures name all that files are made from."""

import re
from typing import Any

from tests.conftest import REPOSITORY

WRITERS = ("exporters", "orchestration/publishing")


def test_every_table_that_files_are_made_from_is_of_an_exposure(
    manifest: dict[str, Any],
) -> None:
    code = " ".join(
        path.read_text(encoding="utf-8")
        for folder in WRITERS
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
    )
    read = {
        name
        for name in re.findall(r"\bact_\w+", code)
        if f"model.nightpost.{name}" in manifest["nodes"]
    }
    exposed = {
        model.rpartition(".")[2]
        for exposure in manifest["exposures"].values()
        for model in exposure["depends_on"]["nodes"]
    }

    assert read
    assert read == exposed, "Mend models/_exposures.yml."


def test_every_segment_and_what_decides_over_it_leads_to_an_exposure(
    manifest: dict[str, Any],
) -> None:
    leading, waiting = set[str](), list(manifest["exposures"])
    while waiting:
        new = set(manifest["parent_map"].get(waiting.pop(), ())) - leading
        leading |= new
        waiting.extend(new)
    ending = [
        node["name"]
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["fqn"][1] in {"segments", "activation"}
        and unique_id not in leading
    ]

    assert not ending, (
        f"No file is made from {', '.join(ending)}: remove what is unused."
    )
