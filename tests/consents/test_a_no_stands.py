"""Thousands of random histories against an oracle that never saw the models.

`NIGHTPOST_HISTORIES=5000 pytest tests/consents` tells as many as the law was shown with.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from orchestration.arrivals.contracts import read_contracts
from tests.conftest import NIGHT, PROJECT, every_vendor
from tests.consents.histories import all_kinds, histories
from tests.consents.nights import exported_addresses
from tests.consents.oracle import may_be_written_to
from tests.consents.story import Story

COUNT = int(os.environ.get("NIGHTPOST_HISTORIES", "1200"))
SEED = int(os.environ.get("NIGHTPOST_HISTORIES_SEED", "14"))
SHOWN = 20
NOT_ABOUT_MAIL = {"cookie_consent/decisions", "klaviyo/person"}
"""A device's cookies; who somebody at Klaviyo is, told beside its events."""


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    """The histories, each kind at each table that can say no."""
    return list(histories(COUNT, SEED))


def test_nobody_who_said_no_is_written_to_and_nobody_else_is_held_back(
    stories: list[Story], tmp_path: Path
) -> None:
    exported = exported_addresses(tmp_path, stories)
    leaked: list[str] = []
    withheld: list[str] = []
    for story in stories:
        for person in story.people:
            allowed = may_be_written_to(person, story.said, NIGHT)
            written = not exported.isdisjoint(person.addresses)
            if written and not allowed:
                leaked.append(story.name)
            if allowed and not written:
                withheld.append(story.name)
    assert not leaked and not withheld, told(leaked, withheld)


def told(leaked: list[str], withheld: list[str]) -> str:
    """Return how many differences each kind has, and the first histories that have one."""
    lines = [
        f"seed {SEED}: {len(leaked)} leaked, {len(withheld)} held back for no cause"
    ]
    for what, names in (("leaked", leaked), ("held back", withheld)):
        counts = Counter(name.partition(",")[0] for name in names)
        lines += [f"{count:4} {what}: {kind}" for kind, count in sorted(counts.items())]
        lines += [f"     such as {name}" for name in names[:SHOWN]]
    return "\n".join(lines)


def test_every_table_that_can_say_no_is_told_of() -> None:
    says_no = {
        f"{one.source}/{one.table}"
        for one in read_contracts(PROJECT, every_vendor())
        if one.says_no
    }
    assert says_no - {table for _, table in all_kinds()} == NOT_ABOUT_MAIL


def test_the_histories_are_as_often_a_yes_as_needed(stories: list[Story]) -> None:
    """An oracle that always says no would find no leak."""
    assert len(stories) >= len(all_kinds())
    answers = Counter(
        may_be_written_to(person, story.said, NIGHT)
        for story in stories
        for person in story.people
    )
    assert min(answers.values()) > len(stories) / 10, answers
