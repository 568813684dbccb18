"""A killed night leaves the one before it readable, and one plain re-run mends it."""

import hashlib
import json
import signal
from pathlib import Path

import pytest

from tests.end_to_end.children import Kill
from tests.end_to_end.conftest import (
    NIGHT,
    YESTERDAY,
    Runner,
    copy_of,
    outbox_bytes,
    tonight_arrives,
)

# Each run goes on from what the one before left, passes the moment at which that was
# killed, and dies later. Publication is killed at every call of its own in
# tests/orchestration/test_publish_killed.py.
MOMENTS = {
    "while files are loaded": Kill(
        "orchestration.arrivals.ledger.append_lines", "before", nth=4
    ),
    "after the load": Kill("orchestration.building.warehouse.load_night", "after"),
    "before staging": Kill("orchestration.building.stages.run_stage", "before", nth=1),
    "after the cleaning": Kill(
        "orchestration.identity.cleaning.values.clean_values", "after"
    ),
    "between facts and marts": Kill(
        "orchestration.building.stages.run_stage", "after", nth=2
    ),
    "after the segments": Kill(
        "orchestration.building.stages.run_stage", "after", nth=4
    ),
    "between two audiences": Kill(
        "exporters.audiences.export_audience", "after", nth=3
    ),
    "before the manifest": Kill("exporters.manifest.write_manifest", "before"),
    "after the state": Kill(
        "orchestration.publishing.publish.write_audience_state", "after"
    ),
    "after CURRENT": Kill(
        "orchestration.publishing.publish.remove_superseded", "before"
    ),
}
MORE_MOMENTS = {
    "after the database": Kill(
        "orchestration.publishing.publish.publish_database", "after"
    ),
    "after the outbox": Kill(
        "orchestration.publishing.publish.publish_outbox", "after"
    ),
}


@pytest.fixture(scope="module")
def tonights_home(
    yesterday_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A home of yesterday's night, and what arrives tonight."""
    home = copy_of(yesterday_home, tmp_path_factory.mktemp("tonight") / "home")
    tonight_arrives(home)
    return home


@pytest.fixture(scope="module")
def expected(
    tonights_home: Path, run: Runner, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """Tonight's outbox of a night that nothing disturbed."""
    home = copy_of(tonights_home, tmp_path_factory.mktemp("undisturbed") / "home")
    assert run(home, "run").code == 0
    return outbox_bytes(home, NIGHT)


def assert_current_is_complete(home: Path) -> str:
    """Check every file that CURRENT's manifest lists, and return its night."""
    current = json.loads((home / "outbox" / "CURRENT").read_text())
    folder = home / current["outbox"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["run_id"] == current["run_id"]
    for file in manifest["files"]:
        body = (folder / file["path"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == file["sha256"]
    assert (home / current["database"]).stat().st_size > 0
    return str(current["night"])


@pytest.mark.parametrize(
    "moments", [MOMENTS, pytest.param(MORE_MOMENTS, marks=pytest.mark.one_by_one)]
)
def test_a_killed_night_is_mended_by_one_plain_run(
    moments: dict[str, Kill],
    tonights_home: Path,
    expected: dict[str, bytes],
    run: Runner,
    tmp_path: Path,
) -> None:
    home = copy_of(tonights_home, tmp_path / "home")
    for moment, kill in moments.items():
        killed = run(home, "run", kill=kill)
        assert killed.code == -signal.SIGKILL, f"{moment}: {killed.output}"
        assert assert_current_is_complete(home) == (
            NIGHT if moment == "after CURRENT" else YESTERDAY
        ), moment

    again = run(home, "run")

    assert again.code == 0, again.output
    assert assert_current_is_complete(home) == NIGHT
    assert outbox_bytes(home, NIGHT) == expected
    leftovers = [
        path
        for folder in ("outbox", "published", "raw", "state")
        for path in (home / folder).rglob("*tmp*")
    ]
    assert not leftovers, "the plain re-run sweeps what the killed ones left"
