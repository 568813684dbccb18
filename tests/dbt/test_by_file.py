"""A model by file processes each file once, and is what processing all at once gives."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from tests.conftest import PROJECT

PROJECT_YML = f"""
name: nightpost
version: "0.1.0"
profile: nightpost
macro-paths: ["{PROJECT}/macros"]
flags: {{send_anonymous_usage_stats: false}}
vars: {{business_time_zone: Europe/London, segment_priority: [], default_calling_code: "44"}}
models: {{nightpost: {{+schema: intermediate, deliveries: {{+materialized: by_file, +database: history}}}}}}
"""
SOURCES_YML = """
sources:
  - {name: nightpost, schema: raw_nightpost, tables: [{name: arrivals}]}
  - {name: shop, schema: raw_shop, tables: [{name: events}]}
"""


class Nights:
    """A warehouse whose nights know the files that they are told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "models").mkdir()
        (folder / "dbt_project.yml").write_text(PROJECT_YML)
        (folder / "models" / "sources.yml").write_text(SOURCES_YML)
        self.rule("value")

    def rule(self, expression: str) -> None:
        (self.folder / "models" / "deliveries.sql").write_text(
            f"select file_id, {expression} as value "
            "from {{ source('shop', 'events') }} where error_if(value) is not null"
        )

    def run(self, files: Sequence[str], rules: str = "1", success: bool = True) -> None:
        database = self.folder / "nightpost.duckdb"
        database.unlink(missing_ok=True)
        values = ", ".join(f"('{file}')" for file in files) or "(cast(null as varchar))"
        with duckdb.connect(str(database)) as connection:
            connection.execute(
                f"""
                create schema raw_nightpost; create schema raw_shop;
                create macro error_if(x) as case when x = 'broken' then error('broken') else x end;
                create table raw_nightpost.arrivals as
                select cast(file_id as varchar) as file_id from (values {values}) v(file_id) where file_id is not null;
                create view raw_shop.events as
                select file_id, unnest(['a', 'b']) as value from raw_nightpost.arrivals;
                """
            )
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("NIGHTPOST_WAREHOUSE", str(database))
            environment.setenv("NIGHTPOST_RULES", rules)
            try:
                outcome = dbtRunner().invoke(
                    ["--quiet", "run", "--project-dir", str(self.folder), "--profiles-dir", str(PROJECT),
                     "--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
                )  # fmt: skip
            finally:
                connections: Any = DuckDBConnectionManager
                connections.close_all_connections()
        assert outcome.success is success, outcome.exception or outcome.result

    def rows(self) -> list[tuple[Any, ...]]:
        history = self.folder / "nightpost_history.duckdb"
        with duckdb.connect(str(history), read_only=True) as connection:
            return connection.execute(
                "select file_id, value from intermediate.deliveries order by all"
            ).fetchall()


def both(*files: str) -> list[tuple[str, str]]:
    return [(file, value) for file in files for value in ("a", "b")]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def test_night_after_night_is_the_same_as_all_at_once(nights: Nights) -> None:
    nights.run([])
    nights.run(["1"])
    nights.run(["1"])
    nights.run(["1", "2", "3"])

    assert nights.rows() == both("1", "2", "3")


def test_a_file_is_not_read_again(nights: Nights) -> None:
    nights.run(["1"])
    nights.rule("upper(value)")
    nights.run(["1", "2"])

    assert nights.rows() == [("1", "a"), ("1", "b"), ("2", "A"), ("2", "B")]


def test_other_rules_process_everything_again(nights: Nights) -> None:
    nights.run(["1", "2"])
    nights.rule("upper(value)")
    nights.run(["1", "2"], rules="2")

    assert nights.rows() == [("1", "A"), ("1", "B"), ("2", "A"), ("2", "B")]


def test_an_older_night_loses_nothing_for_the_newer_one(nights: Nights) -> None:
    nights.run(["1", "2", "3"])
    nights.run(["1"])
    nights.run(["1", "2", "3", "4"])

    assert nights.rows() == both("1", "2", "3", "4")


def test_a_night_that_fails_leaves_nothing_half_done(nights: Nights) -> None:
    nights.run(["1"])
    nights.rule("error('broken')")
    nights.run(["1", "2"], success=False)
    nights.rule("value")
    nights.run(["1", "2"])

    assert nights.rows() == both("1", "2")
