"""No comment is broken into pieces, as a formatter leaves it that cuts a line too long."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import project_files

COMMENT = re.compile(r"\s*--\s+(\S.*)")
# Fewer words in a line that another one follows were broken off.
FEWEST_WORDS = 3


def orphans(sql: str) -> list[int]:
    """Return the numbers of comment lines of a word or two in the midst of a comment."""
    told = [COMMENT.fullmatch(line) for line in sql.splitlines()]
    return [
        number
        for number, (line, following) in enumerate(pairwise(told), start=1)
        if line and following and len(line[1].split()) < FEWEST_WORDS
    ]


@pytest.mark.parametrize("path", project_files("*.sql"), ids=lambda path: path.stem)
def test_no_comment_has_an_orphan(path: Path) -> None:
    lines = orphans(path.read_text(encoding="utf-8"))

    assert not lines, f"{path.name}: fill the comment up again in line {lines}."


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("-- Grain: one row per order that\n-- still\n-- counts.\nselect 1", [2]),
        ("-- Grain: one row per order.\nselect 1", []),
        ("select\n    -- ids\n    a,\n    -- a longer word\n    -- on b\n    b", []),
    ],
)
def test_an_orphan_is_seen(sql: str, lines: list[int]) -> None:
    assert orphans(sql) == lines
