"""The weekly job fails where a night is not what the raw zone gives, and says what."""

from dataclasses import replace
from datetime import date

import pytest

from orchestration.jobs.weekly import NightIsNotTheSameError, report
from orchestration.verify import Difference, Verification

SAME = Verification(date(2026, 4, 5), tables=101, rows=453_622, differences=())


def test_a_night_that_is_the_same_is_told() -> None:
    told: list[str] = []

    report(told.append, SAME)

    assert told == [
        "Night 2026-04-05: 101 tables with 453,622 rows are the same, built from the raw "
        "zone alone."
    ]


def test_every_table_that_differs_is_named() -> None:
    differences = (Difference("marts.orders", 3, 0), Difference("marts.new", -1, -1))

    with pytest.raises(NightIsNotTheSameError) as raised:
        report(print, replace(SAME, differences=differences))

    assert "marts.orders: 3 rows only published, 0 only rebuilt" in str(raised.value)
    assert "marts.new: only one of the two has it" in str(raised.value)
    assert "nightpost reprocess" in str(raised.value)
