"""A file is held back where it looks unlike its contract or the files before it."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.likeness import (
    FileFacts,
    Judgement,
    judge,
    null_shares,
    usual_rows,
    why_held,
)

MONDAY = date(2026, 3, 2)
ID = Column("id", required=True, reads_as="text")
EMAIL = Column("email", required=False, reads_as="text", aliases=("E-Mail",))
CITY = Column("city", required=False, reads_as="text")


def contract(**promises: Any) -> Contract:
    defaults: dict[str, Any] = {
        "source": "shop",
        "table": "orders",
        "delivery": "append",
        "delimiter": ",",
        "quote": '"',
        "encoding": "utf-8",
        "max_age_days": 3,
        "columns": (ID, EMAIL, CITY),
    }
    return Contract(**defaults | promises)


def facts(day: int = 30, rows: int = 100, rejected: int = 0, **more: Any) -> FileFacts:
    columns = more.pop("columns", ("id", "email", "city"))
    shares = more.pop("nulls", {})
    return FileFacts(
        file=f"{MONDAY + timedelta(day)}.csv",
        export_date=MONDAY + timedelta(day),
        rows_in=rows,
        rows_rejected=rejected,
        columns=columns,
        null_share=dict.fromkeys(columns, 0.0) | shares if rows else {},
    )


def past(count: int = 10, **more: Any) -> list[FileFacts]:
    return [facts(day, **more) for day in range(count)]


def held(file: FileFacts, earlier: list[FileFacts], **promises: Any) -> str:
    return why_held(contract(**promises), file, earlier) or ""


def test_a_file_like_the_ones_before_it_passes_in_silence() -> None:
    assert judge(contract(), facts(), past()) == Judgement(None)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (9, "it has 9 rows, and its contract wants at least 10"),
        (10, ""),
        (1200, ""),
        (1201, "it has 1,201 rows, and its contract allows at most 1,200"),
    ],
)
def test_rows_stay_within_the_contracts_band(rows: int, reason: str) -> None:
    said = held(facts(rows=rows), [], rows_at_least=10, rows_at_most=1200)

    assert reason in said
    assert bool(said) == bool(reason)


@pytest.mark.parametrize(
    ("rows", "rejected", "is_held"),
    [
        pytest.param(100, 10, False, id="exactly the share"),
        pytest.param(100, 11, True, id="one row over"),
        pytest.param(19, 2, False, id="a small file may have two"),
        pytest.param(19, 3, True, id="a small file may not have three"),
        pytest.param(20, 2, False, id="two of twenty are the share"),
        pytest.param(20, 3, True, id="no small file any more"),
        pytest.param(2, 2, False, id="two of two: the readers judge that"),
    ],
)
def test_rejects_stay_below_the_share(rows: int, rejected: int, is_held: bool) -> None:
    said = held(facts(rows=rows, rejected=rejected), [], max_reject_share=0.1)

    assert bool(said) == is_held
    assert not is_held or f"{rejected} of its {rows} rows cannot be read" in said


def test_twenty_rows_are_no_small_file() -> None:
    assert not held(facts(rows=19, rejected=2), [], max_reject_share=0.05)
    assert held(facts(rows=20, rejected=2), [], max_reject_share=0.05)


def test_no_reject_is_too_much_where_none_is_allowed_in_a_large_file() -> None:
    assert held(facts(rows=10_000, rejected=1), [], max_reject_share=0.0)
    assert not held(facts(rows=10_000), [], max_reject_share=0.0)


@pytest.mark.parametrize(
    ("delivery", "max_change", "rows", "is_held"),
    [
        pytest.param("snapshot", None, 50, False, id="half of a snapshot is left"),
        pytest.param("snapshot", None, 49, True, id="more than half of it is gone"),
        pytest.param("snapshot", None, 900, False, id="a snapshot may grow"),
        pytest.param("snapshot", 0.2, 121, True, id="unless its contract says not"),
        pytest.param("snapshot", 0.2, 120, False, id="exactly the change"),
        pytest.param("snapshot", 0.9, 11, False, id="or that it may shrink"),
        pytest.param("append", None, 1, False, id="a drop may be small"),
        pytest.param("append", 0.5, 49, True, id="unless its contract says not"),
        pytest.param("versions", None, 1, False, id="versions, too"),
        pytest.param("versions", 0.5, 151, True, id="and may not grow either"),
    ],
)
def test_rows_stay_near_the_usual(
    delivery: str, max_change: float | None, rows: int, is_held: bool
) -> None:
    said = held(facts(rows=rows), past(), delivery=delivery, max_change=max_change)

    assert bool(said) == is_held, said


def test_the_usual_is_a_median_so_that_one_odd_file_changes_nothing() -> None:
    earlier = [*past(9), facts(10, rows=1_000_000)]

    assert usual_rows(facts(12), earlier)[0] == 100


def test_the_usual_forgets_what_is_long_ago() -> None:
    long_ago = [facts(0, rows=1_000_000) for _ in range(30)]

    # a Tuesday, of which there are none before
    assert usual_rows(facts(1), [*long_ago, *past(0)])[0] == 1_000_000
    recent = [facts(2, rows=100) for _ in range(14)]
    assert usual_rows(facts(1), [*long_ago, *recent])[0] == 100


def test_a_weekday_is_held_against_its_own_kind_once_there_are_four() -> None:
    def weeks(count: int) -> list[FileFacts]:
        return [facts(d, rows=10 if d % 7 == 6 else 100) for d in range(7 * count)]

    sunday = facts(34, rows=10)
    promises = {"max_change": 0.5}

    assert "the last 14 files" in held(sunday, weeks(3), **promises)
    assert held(sunday, weeks(4), **promises) == ""
    like_a_monday = held(replace(sunday, rows_in=100), weeks(4), **promises)
    assert "900% more than usual (10, the median of the last 4 files of a Sunday)" in (
        like_a_monday
    )


def test_a_weekday_forgets_what_is_long_ago_too() -> None:
    mondays = [facts(7 * week, rows=1 if week < 10 else 100) for week in range(15)]

    assert usual_rows(facts(7 * 15), mondays)[0] == 100


def test_with_fewer_than_five_files_before_it_nothing_is_usual() -> None:
    first = judge(contract(delivery="snapshot"), facts(rows=1), past(4))
    later = judge(contract(delivery="snapshot"), facts(rows=1), past(5))

    assert first.held is None
    assert first.not_knowable == (
        "shop/orders/2026-04-01.csv: whether its number of rows is usual is not "
        "knowable: only 4 files came before it, 5 are needed",
    )
    assert later.held and later.not_knowable == ()


def test_where_files_usually_have_no_row_no_change_is_a_share_of_it() -> None:
    said = judge(contract(max_change=0.5), facts(rows=10), past(6, rows=0))

    assert said.held is None
    assert "the usual file has none" in said.not_knowable[0]


def test_a_promised_column_may_not_empty_at_once() -> None:
    earlier = past(3, nulls={"email": 0.2})

    assert held(facts(nulls={"email": 0.7}), earlier) == ""
    said = held(facts(nulls={"email": 0.71}), earlier)
    assert "column `email` is empty in 71% of its rows, usually in 20%" in said


@pytest.mark.parametrize(
    ("file", "earlier"),
    [
        pytest.param(facts(nulls={"email": 1.0}), past(2), id="too few files before"),
        pytest.param(facts(rows=49, nulls={"email": 1.0}), past(), id="too few rows"),
        pytest.param(
            facts(columns=("id", "note"), nulls={"note": 1.0}),
            past(columns=("id", "note")),
            id="nobody promised it",
        ),
        pytest.param(
            facts(nulls={"email": 1.0}), past(nulls={"email": 0.9}), id="as ever"
        ),
        pytest.param(facts(), past(nulls={"email": 1.0}), id="it was filled at last"),
        pytest.param(
            facts(nulls={"email": 1.0}), past(rows=0), id="files without rows before"
        ),
    ],
)
def test_an_empty_column_is_no_jump(file: FileFacts, earlier: list[FileFacts]) -> None:
    assert held(file, earlier) == ""


def test_what_is_long_ago_is_no_longer_usual() -> None:
    long_ago = past(30, nulls={"email": 1.0})
    file = facts(nulls={"email": 1.0}, columns=("id", "email", "e_mail"))

    assert held(file, long_ago) == ""
    assert held(file, [*long_ago, *past(14)])
    without_city = past(14, columns=("id", "email"))
    moved = facts(columns=("id", "email", "cty"))
    warnings = judge(contract(), moved, [*past(3), *without_city]).warnings
    assert not any("is missing" in warning for warning in warnings)


def test_a_required_column_is_for_the_readers_to_miss() -> None:
    warnings = judge(contract(), facts(columns=("Id_", "email")), past()).warnings

    assert not any("is missing" in warning for warning in warnings)


def test_fifty_rows_are_enough_to_see_a_jump() -> None:
    assert held(facts(rows=50, nulls={"email": 1.0}), past(3))
    soon = judge(contract(), facts(rows=50, nulls={"email": 1.0}), past(2))
    assert "whether a column was emptied is not knowable" in soon.not_knowable[0]


def test_an_alias_is_the_column_that_it_stands_for() -> None:
    renamed = facts(columns=("id", "e-mail", "city"), nulls={"e-mail": 1.0})
    judged = judge(contract(unknown_columns="hold"), renamed, past())

    assert judged.held and "column `email` is empty in 100%" in judged.held
    assert "does not know" not in judged.held
    assert judged.warnings == ()


def test_an_unknown_column_is_held_where_the_contract_says_so() -> None:
    file = facts(columns=("id", "email", "city", "score"))

    assert "does not know column `score`" in held(file, [], unknown_columns="hold")
    assert held(file, []) == ""


def test_an_unknown_column_is_told_the_first_time_only() -> None:
    file = facts(columns=("id", "email", "city", "score"))

    (warning,) = judge(contract(), file, past()).warnings
    assert "column `score` is new and not in its contract" in warning
    assert judge(contract(), file, [*past(), replace(file)]).warnings == ()
    assert judge(contract(), file, []).warnings == (), (
        "the first file has only new ones"
    )


def test_an_optional_column_that_left_and_its_likely_new_name_are_told() -> None:
    file = facts(columns=("id", "email_", "city"))

    warnings = judge(contract(), file, past(3)).warnings
    assert "`email` is missing and `email_` may be its new name" in warnings[0]
    assert "`aliases`" in warnings[0]
    assert judge(contract(), file, past(3)).held is None
    assert len(judge(contract(), file, past(2)).warnings) == 1, "only: it is unknown"
    gone = facts(columns=("id", "city"))
    assert judge(contract(), gone, past(3)).warnings == (), "no name is likely"


def test_a_column_that_was_always_there_is_nobodys_new_name() -> None:
    earlier = past(3, columns=("id", "email", "email_", "city"))

    assert (
        judge(contract(), facts(columns=("id", "email_", "city")), earlier).warnings
        == ()
    )


def test_all_reasons_stand_in_one_sentence_that_says_what_to_do_next() -> None:
    file = replace(
        facts(rows=30, rejected=29, columns=("id", "x@y.example")),
        file="2026-04-01 late.csv",
    )
    said = held(file, past(), max_change=0.5, unknown_columns="hold", rows_at_least=31)

    assert said.startswith("shop/orders/2026-04-01 late.csv: it has 30 rows, and")
    assert "cannot be read" in said and "70% fewer than usual" in said
    assert "column `…`" in said, "a header that holds data is not shown"
    assert said.endswith(
        "Nothing of it was loaded; land a corrected file under the same name, or accept "
        "it with `nightpost accept 'shop/orders/2026-04-01 late.csv' --why \"…\"`."
    )


ROWS = """
    select
        i as id, nullif(i % 4, 0) as email, null::integer as city,
        case when i % 2 = 0 then '' else 'x' end as "some, times",
        repeat('x', 20000) as "lo""ng", case when i % 5 > 0 then repeat('x', 20000) end as deep,
        'f.csv' as _source_file, i as _row_number
    from range(1, 3001) as t (i)
"""


def test_the_footers_shares_are_the_counted_ones(tmp_path: Path) -> None:
    connection = duckdb.connect()
    path = tmp_path / "rows.parquet"
    names = ["id", "email", "city", "some, times", 'lo"ng', "deep"]
    texts = ", ".join(
        f'cast("{name.replace(chr(34), chr(34) * 2)}" as varchar) as '
        f'"{name.replace(chr(34), chr(34) * 2)}"'
        for name in names
    )
    connection.execute(
        f"copy (select {texts}, _source_file, _row_number from ({ROWS})) to '{path}' "
        "(format parquet, row_group_size 1000)"
    )
    groups = connection.execute(
        "select count(distinct row_group_id) from parquet_metadata(?)", [str(path)]
    ).fetchone()

    assert groups and groups[0] > 1
    assert null_shares(connection, path) == {
        "id": 0.0,
        "email": 0.25,
        "city": 1.0,
        "some, times": 0.5,
        'lo"ng': 0.0,
        "deep": 0.2,
    }


def test_a_file_without_rows_has_no_shares(tmp_path: Path) -> None:
    connection = duckdb.connect()
    path = tmp_path / "rows.parquet"
    connection.execute(
        f"copy (select 1 as id where false) to '{path}' (format parquet)"
    )

    assert null_shares(connection, path) == {}


def test_only_the_footer_is_read_where_it_is_sure(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    duckdb.execute(f"copy (select 'a' as id, null::varchar as x) to '{path}'")
    asked: list[str] = []

    class Listening:
        def execute(self, query: str, *arguments: Any) -> duckdb.DuckDBPyConnection:
            asked.append(query)
            return duckdb.execute(query, *arguments)

    listening: Any = Listening()
    assert null_shares(listening, path) == {"id": 0.0, "x": 1.0}
    assert len(asked) == 1


def test_a_column_that_was_as_empty_before_is_not_broken_now() -> None:
    earlier = [*past(4, nulls={"email": 0.1}), *past(1, nulls={"email": 0.9})]

    assert held(facts(nulls={"email": 0.9}), earlier) == ""
    assert "is empty in 95%" in held(facts(nulls={"email": 0.95}), earlier)
