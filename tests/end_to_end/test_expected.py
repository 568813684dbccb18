"""The demo's night says of forty people what was read and agreed to (expected/)."""

import difflib
import os
from pathlib import Path

import pytest

from tests.end_to_end.pinned import EXPECTED, TABLES, pinned, write

SHOWN = 40


@pytest.fixture(scope="module")
def said(finished_home: Path) -> dict[str, str]:
    """What tonight says; written down anew where `make expected` asks for it."""
    if os.environ.get("NIGHTPOST_WRITE_EXPECTED"):
        write(finished_home)
    return pinned(finished_home)


def test_a_night_says_of_people_what_it_said_before(said: dict[str, str]) -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in EXPECTED.iterdir()}
    changed = [
        line
        for name in sorted({*there, *said})
        for line in difflib.unified_diff(
            there.get(name, "").splitlines(), said.get(name, "").splitlines(),
            f"expected/{name}", f"tonight/{name}", n=0, lineterm="",
        )
    ]  # fmt: skip
    told = "\n".join(changed[:SHOWN])
    assert not changed, (
        f"{len(changed)} lines differ. If they should, `make expected` writes them down; "
        f"the diff is for the reviewer.\n{told}"
    )


def test_there_is_something_to_read_in_each(said: dict[str, str]) -> None:
    assert len(said) == len(TABLES) + 2
    assert all(len(text.splitlines()) > 5 for text in said.values())
