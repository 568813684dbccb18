"""Only segments can be held back; anything else that fails ends the night."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.building.dbt import NodeResult, Project
from orchestration.building.stages import StageFailedError, held_segments, merge

SEGMENT = "model.nightpost.seg_vip"
MART = "model.nightpost.orders"
PLAIN = {
    "nodes": {
        SEGMENT: {"fqn": ["nightpost", "segments", "value", "seg_vip"]},
        MART: {"fqn": ["nightpost", "marts", "orders"]},
    }
}


class NoManifest:
    """Stands where dbt's own manifest is not looked at."""


@pytest.fixture
def project() -> Project:
    manifest: Any = NoManifest()
    return Project(manifest, PLAIN)


OK = NodeResult(SEGMENT, "seg_vip", False, None, False, False, 0, 0.1, "")
BROKEN = replace(OK, has_failed=True, message="Binder Error: no column x")
TEST = NodeResult("test.a", "unique_seg_vip", True, SEGMENT, True, False, 3, 0.1, "")
MART_TEST = replace(TEST, unique_id="test.b", name="unique_orders", attached_to=MART)


def test_a_broken_segment_is_held_with_its_reason(project: Project) -> None:
    (held,) = held_segments(project, [BROKEN])

    assert held.model == "seg_vip"
    assert "its SQL failed (Binder Error: no column x)" in held.reason


def test_a_failed_data_test_holds_its_segment_and_counts_the_rows(
    project: Project,
) -> None:
    (held,) = held_segments(project, [TEST])

    assert "data test unique_seg_vip failed in 3 row(s)" in held.reason


@pytest.mark.parametrize(
    "failed", [MART_TEST, replace(BROKEN, unique_id=MART, name="orders")]
)
def test_a_failure_above_the_segments_ends_the_night(
    failed: NodeResult, project: Project
) -> None:
    with pytest.raises(StageFailedError, match=failed.name):
        held_segments(project, [TEST, failed])


def test_what_was_built_again_replaces_what_was_skipped() -> None:
    skipped = replace(OK, unique_id="model.nightpost.act_x", was_skipped=True)
    rebuilt = replace(skipped, was_skipped=False)

    assert merge([OK, skipped], [rebuilt]) == [OK, rebuilt]


def test_the_settings_of_a_stage_are_folders_of_this_project() -> None:
    from orchestration.building.dbt import STAGES

    models = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
    named = [
        part.split(".")[1:]
        for select in STAGES.values()
        for part in select.split()
        if part.startswith("fqn:")
    ]
    assert all(models.joinpath(*folders).is_dir() for folders in named)
    layers = {path.name for path in models.iterdir() if path.is_dir()}
    assert layers == {layer for layer, *_ in named}
