"""DuckDB computes only one of `interval 30 day` and `interval 1 month`, and takes it for both.

It holds the two intervals equal, so that its elimination of common subexpressions merges
them. Our profile switches that off, and our macros write neither.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.conftest import PROJECT, call_dbt, results_of

BOTH = "select d + interval 30 day, d + interval 1 month from t"
RIGHT = (datetime(2023, 2, 3), datetime(2023, 2, 4))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the date for which 30 days and a month differ by one day."""
    with duckdb.connect(":memory:") as database:
        database.execute("create table t as select date '2023-01-04' as d")
        yield database


@pytest.fixture(scope="module")
def profile_settings() -> dict[str, Any]:
    """The DuckDB settings of dbt's profile."""
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    settings: dict[str, Any] = profile["nightpost"]["outputs"]["duckdb"]["settings"]
    return settings


def test_plain_duckdb_still_has_the_bug(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute(BOTH).fetchone() != RIGHT, (
        f"DuckDB {duckdb.__version__} adds 30 days and 1 month rightly. Good news: check the "
        "versions that we support, then drop `disabled_optimizers` from profiles.yml, the "
        "ban on calendar intervals, and this test."
    )


def test_our_profile_settings_switch_the_bug_off(
    connection: duckdb.DuckDBPyConnection, profile_settings: dict[str, Any]
) -> None:
    optimizers = profile_settings["disabled_optimizers"]
    connection.execute(f"set disabled_optimizers = '{optimizers}'")

    assert connection.execute(BOTH).fetchone() == RIGHT


def test_our_macros_are_right_side_by_side_without_any_setting(
    scratch_home: Path,
) -> None:
    inline = "select {{ days_before(30) }} as days, {{ months_before(1) }} as months"
    outcome = call_dbt(scratch_home, "compile", "--inline", inline, "--no-write-json")
    (compiled,) = results_of(outcome)
    with duckdb.connect(":memory:") as database:
        database.execute("attach ':memory:' as nightpost")
        database.execute("create schema nightpost.clock")
        database.execute(
            "create table nightpost.clock.run_context as select "
            f"date '{date(2026, 3, 30)}' as as_of_date, "
            "timestamp '2026-03-30 23:00:00' as as_of_at"
        )
        found = database.execute(compiled.node.compiled_code).fetchone()

    # 30 times 24 hours; and 28 February 0:00 in winter, the shorter month's last day
    assert found == (datetime(2026, 2, 28, 23), datetime(2026, 2, 28, 0))
