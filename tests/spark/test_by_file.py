"""`materialized: by_file` on Spark: only the days whose files changed are worked out again.

A project of one model, over a table of rows that stands for the raw zone; each run of dbt
is a night.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from orchestration.building.spark.server import Session, spark_session
from orchestration.home.settings import read_settings
from tests.conftest import PROJECT
from tests.spark.cluster import Cluster

MODEL = "select row_number, file_id, value, export_date from {{ source('nightpost', 'rows') }}"
PROJECT_FILE = """
name: by_file
config-version: 2
profile: nightpost
macro-paths: [macros]
models: {+materialized: by_file, +schema: by_file}
"""
SOURCES = """
sources:
  - name: nightpost
    schema: by_file_raw
    tables: [{name: arrivals}, {name: rows}]
"""
FIRST, SECOND, LATE = "2026-03-31", "2026-04-01", "2026-03-30"


class Shop:
    """A lake with one model by file, and the files that come and go."""

    def __init__(self, folder: Path, session: Session) -> None:
        self.folder, self.lake = folder, folder / "lake"
        self.session = session
        for kept in ("macros", "profiles.yml"):
            source = PROJECT / kept
            copy = shutil.copytree if source.is_dir() else shutil.copyfile
            copy(source, folder / kept)
        (folder / "models").mkdir()
        (folder / "dbt_project.yml").write_text(PROJECT_FILE, encoding="utf-8")
        (folder / "models" / "sources.yml").write_text(SOURCES, encoding="utf-8")
        (folder / "models" / "events.sql").write_text(MODEL, encoding="utf-8")
        for schema in ("by_file", "by_file_raw"):
            session.run(
                [
                    f"drop schema if exists {schema} cascade",
                    f"create schema {schema} location '{self.lake / schema}'",
                ]
            )

    def knows(self, *files: tuple[str, str]) -> None:
        """Let the night know these files, each of a day, with two rows each."""
        listed = ", ".join(f"('{name}', date '{day}')" for name, day in files)
        self.session.run(
            [
                "drop table if exists by_file_raw.arrivals",
                "drop view if exists by_file_raw.rows",
                "create table by_file_raw.arrivals using parquet as "
                f"select * from values {listed} as t(file_id, export_date)",
                "create view by_file_raw.rows as select n as row_number, file_id, "
                "concat(file_id, n) as value, export_date "
                "from by_file_raw.arrivals cross join (values (1), (2)) as numbers(n)",
            ]
        )

    def night(self, rules: str = "one") -> None:
        """Run dbt."""
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("NIGHTPOST_RULES", rules)
            outcome = dbtRunner().invoke(
                [
                    "--quiet", "run", "--target", "spark",
                    "--project-dir", str(self.folder), "--profiles-dir", str(self.folder),
                    "--target-path", str(self.folder / "target"),
                    "--log-path", str(self.folder / "logs"),
                ]
            )  # fmt: skip
        assert outcome.success, (self.folder / "logs" / "dbt.log").read_text()[-3000:]

    def rows(self) -> list[str]:
        """Return the table's values, in order."""
        # dbt wrote in sessions of its own; this one remembers the files of before
        self.session.run(["refresh table by_file.events"])
        found = self.session.rows("select value from by_file.events order by value")
        return [str(value) for (value,) in found]

    def files(self) -> dict[str, set[str]]:
        """Return the names of the Parquet files of each day."""
        days: dict[str, set[str]] = {}
        for path in (self.lake / "by_file" / "events").glob("*/*.parquet"):
            days.setdefault(path.parent.name.removeprefix("export_date="), set()).add(
                path.name
            )
        return days


@pytest.fixture
def shop(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    monkeypatch.setenv("NIGHTPOST_SPARK_PORT", str(cluster.port))
    with spark_session(read_settings(tmp_path)) as session:
        yield Shop(tmp_path, session)


def test_a_night_works_out_only_the_days_of_new_files(shop: Shop) -> None:
    shop.knows(("a", FIRST))
    shop.night()
    before = shop.files()
    assert shop.rows() == ["a1", "a2"]
    shop.knows(("a", FIRST), ("b", SECOND))
    shop.night()
    assert shop.rows() == ["a1", "a2", "b1", "b2"]
    assert shop.files()[FIRST] == before[FIRST]
    assert len(shop.files()[SECOND]) == 1
    # a file of an old day comes late: that day is worked out again, the others are not
    before = shop.files()
    shop.knows(("a", FIRST), ("b", SECOND), ("c", FIRST), ("d", LATE))
    shop.night()
    assert shop.rows() == ["a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2"]
    after = shop.files()
    assert after[SECOND] == before[SECOND]
    assert after[FIRST].isdisjoint(before[FIRST])
    assert after.keys() == {LATE, FIRST, SECOND}


def test_a_night_without_news_writes_nothing(shop: Shop) -> None:
    shop.knows(("a", FIRST), ("b", SECOND))
    shop.night()
    before = shop.files()
    shop.night()
    assert shop.files() == before


def test_a_file_that_the_night_may_not_know_goes_out_with_its_rows(shop: Shop) -> None:
    shop.knows(("a", FIRST), ("b", FIRST), ("c", SECOND))
    shop.night()
    shop.knows(("a", FIRST))
    shop.night()
    assert shop.rows() == ["a1", "a2"]
    assert shop.files().keys() == {FIRST}


def test_another_rule_works_out_every_day(shop: Shop) -> None:
    shop.knows(("a", FIRST), ("b", SECOND))
    shop.night()
    before = shop.files()
    shop.night(rules="two")
    assert shop.rows() == ["a1", "a2", "b1", "b2"]
    assert all(shop.files()[day].isdisjoint(before[day]) for day in before)


def test_a_night_that_died_before_it_noted_the_day_works_it_out_again(
    shop: Shop,
) -> None:
    shop.knows(("a", FIRST))
    shop.night()
    shop.knows(("a", FIRST), ("b", SECOND))
    # what it had written when it died
    shop.session.run(
        ["insert into by_file.events by name select 1 as row_number, 'b' as file_id, "
         f"'b1' as value, date '{SECOND}' as export_date"]
    )  # fmt: skip
    shop.night()
    assert shop.rows() == ["a1", "a2", "b1", "b2"]
