"""Which room may import which: writing files knows no orchestration, demos know nothing."""

import ast
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FORBIDDEN = {
    "exporters": {"dagster", "dagster_dbt", "dbt", "orchestration", "seeds"},
    "seeds": {"dagster", "dagster_dbt", "dbt", "orchestration", "exporters"},
    "orchestration": {"tests"},
}


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    told = [
        f"{path.relative_to(REPOSITORY)} imports {name}; {room}/ may not."
        for path in sorted((REPOSITORY / room).rglob("*.py"))
        for name in sorted(imported(path) & FORBIDDEN[room])
    ]

    assert not told, "\n".join(told)


def test_no_module_postpones_its_annotations() -> None:
    told = [
        str(path.relative_to(REPOSITORY))
        for room in ("orchestration", "exporters", "seeds", "tests")
        for path in sorted((REPOSITORY / room).rglob("*.py"))
        if "__future__" in imported(path)
    ]

    assert not told, (
        f"Dagster reads annotations at run time; drop the import in {told}."
    )


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found
