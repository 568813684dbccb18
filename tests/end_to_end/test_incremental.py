"""Night after night, with late and repeated drops, is what the raw zone alone gives."""

from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.conftest import (
    LATE_DROP,
    NIGHT,
    Runner,
    copy_of,
    tonight_arrives,
)

LATE, LOST = LATE_DROP[-10:], "2026-03-20"
DELIVERIES = "history.intermediate.int_web_event_deliveries"


def query(home: Path, sql: str) -> list[tuple[object, ...]]:
    """Return rows of the working warehouse, with the tables that nights keep."""
    with duckdb.connect(str(home / "warehouse" / "nightpost.duckdb")) as connection:
        history = home / "warehouse" / "nightpost_history.duckdb"
        connection.execute(f"attach '{history}' as history")
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def home(
    yesterday_home: Path, run: Runner, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A home with two nights; a drop that is four weeks old comes with the second.

    Between the two, what the first one kept of one day is lost.
    """
    home = copy_of(yesterday_home, tmp_path_factory.mktemp("incremental") / "home")
    query(
        home, f"delete from {DELIVERIES} where split_part(file_id, '/', 2) = '{LOST}'"
    )
    tonight_arrives(home)
    assert run(home, "run").code == 0
    return home


def test_late_rows_stand_on_their_own_day(home: Path) -> None:
    ((events,),) = query(
        home,
        "select count(*) from intermediate.int_web_events_unioned "
        f"where cast(event_at as date) = date '{LATE}'",
    )

    assert isinstance(events, int)
    assert events > 0


def test_people_have_the_ids_that_a_home_from_scratch_gives_them(
    home: Path, finished_home: Path
) -> None:
    ids = "select identifier, profile_id from people.identifiers order by all"
    tonight = f"select count(*) > 0 from people.changes where night = date '{NIGHT}'"

    here, there = dict(query(home, ids)), dict(query(finished_home, ids))
    # what was lost takes the devices with it that logged in on that day alone
    lost = there.keys() - here.keys()
    assert all(str(identifier).startswith("device:") for identifier in lost)
    assert here == {one: there[one] for one in there if one not in lost}
    # so that the ids are not the same for want of news
    assert query(home, tonight) == [(True,)]


def test_what_was_lost_is_found_and_one_window_mends_it(
    home: Path, run: Runner
) -> None:
    lost = run(home, "verify")
    mended = run(home, "reprocess", "--from", LOST, "--to", LOST)
    whole = run(home, "verify")

    assert lost.code == 1, lost.output
    assert "int_web_events_unioned" in lost.output
    assert mended.code == 0, mended.output
    assert whole.code == 0, whole.output
    assert "are the same, built from the raw zone alone" in whole.output
    newest = query(
        home,
        f"select distinct split_part(file_id, '/', 2) from {DELIVERIES} where rowid > "
        f"(select max(rowid) from {DELIVERIES} where file_id like '%/{NIGHT}/%')",
    )
    assert newest == [(LOST,)], "only the window was processed again"
