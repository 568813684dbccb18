"""The rooms of `orchestration/`: who may read whom, and who may know Dagster."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

HOUSE = REPOSITORY / "orchestration"
# From the ground up: a room reads those before it, and none behind it.
ROOMS = (
    "home", "arrivals", "segments", "building", "watching", "identity", "predictions",
    "looking", "publishing", "steps", "verify", "jobs", "assets", "definitions", "command",
)  # fmt: skip
AT_THE_ROOT = {"__init__", "definitions", "steps", "verify"}
MAY_KNOW_DAGSTER = {
    "definitions", "assets", "jobs", "command.nights", "command.progress",
}  # fmt: skip
# A step and what Dagster shows of it are called alike.
SHOWN = "assets"


def modules() -> Iterator[tuple[str, Path]]:
    """Yield every module of the house, called as `room.module`."""
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path) -> set[str]:
    """Return what a module imports, as dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def reaching_up(room: str, imported: set[str]) -> list[str]:
    """Return what ``room`` may not read of what it imports."""
    allowed = ROOMS[: ROOMS.index(room) + 1]
    return sorted(
        name
        for name in imported
        if name.startswith("orchestration.") and name.split(".")[1] not in allowed
    )


def knows_dagster(imported: set[str]) -> bool:
    return any(name.split(".")[0] in {"dagster", "dagster_dbt"} for name in imported)


def test_no_room_reads_one_above_it() -> None:
    told = [
        f"{name} reads {other}"
        for name, path in modules()
        if name
        for other in reaching_up(name.split(".")[0], imports(path))
    ]

    assert not told, "\n".join(["A room reads only those below it:", *told])


def test_only_few_know_dagster() -> None:
    told = {
        name
        for name, path in modules()
        if knows_dagster(imports(path))
        and not {name, name.split(".")[0]} & MAY_KNOW_DAGSTER
    }

    assert not told, f"These know Dagster; only {sorted(MAY_KNOW_DAGSTER)} may: {told}"


def test_the_root_holds_the_night_and_nothing_else() -> None:
    assert {path.stem for path in HOUSE.glob("*.py")} == AT_THE_ROOT
    assert set(ROOMS) - AT_THE_ROOT == {
        path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists()
    }


def test_a_name_means_one_module() -> None:
    names = Counter(
        path.stem
        for name, path in modules()
        if path.stem != "__init__" and name.split(".")[0] != SHOWN
    )

    assert not [name for name, count in names.items() if count > 1]


@pytest.mark.parametrize(
    ("room", "imported", "refused"),
    [
        ("home", "orchestration.arrivals.inbox.find_arrivals", True),
        ("verify", "orchestration.assets.people.people_assets", True),
        ("verify", "orchestration.steps.STEPS", False),
        ("arrivals", "orchestration.home.files.fsync", False),
        ("home", "duckdb", False),
    ],
)
def test_what_reaches_up_is_found(room: str, imported: str, refused: bool) -> None:
    assert bool(reaching_up(room, {imported})) is refused
