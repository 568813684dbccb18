"""PSI is the textbook's sum over the earlier night's bins, and one night stops nothing."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.watching.distributions import kind_of, step, watched_columns
from orchestration.watching.drift_state import read_past, relevant
from orchestration.watching.psi import (
    CATEGORY,
    NUMBER,
    PREVIOUS,
    REFERENCE,
    Distribution,
    Shift,
    Watched,
    drift_table,
    index,
)

NIGHT = date(2026, 4, 5)
AMOUNT, STATUS = Watched("marts.carts", "amount"), Watched("marts.carts", "status")
BOTH = (AMOUNT, STATUS)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        yield connection


def make(connection: duckdb.DuckDBPyConnection, select: str) -> None:
    connection.execute(f"create or replace table marts.carts as {select}")


def leave(
    connection: duckdb.DuckDBPyConnection, folder: Path, night: date
) -> tuple[date, Path]:
    """What publication leaves of a night."""
    path = folder / f"{night}.parquet"
    connection.execute(f"copy drift.distributions to '{path}' (format parquet)")
    return night, path


def bins(
    connection: duckdb.DuckDBPyConnection, column: str
) -> list[tuple[object, ...]]:
    return connection.execute(
        "select kind, bin, upper_edge, label, row_count from drift.distributions "
        "where column_name = ? order by bin",
        [column],
    ).fetchall()


def psi_of(shifts: tuple[Shift, ...], one: Watched, role: str) -> float | None:
    (found,) = [s for s in shifts if (s.watched, s.compared_with) == (one, role)]
    return found.psi


THOUSAND = """
    select
        i as amount,
        case when i <= 100 then null when i <= 600 then 'open' else 'ordered' end as status
    from range(1, 1001) as t (i)
"""


def test_the_first_night_has_ten_even_bins_and_nothing_to_compare(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    make(connection, THOUSAND)
    shifts = step(connection, NIGHT, BOTH, [])

    assert bins(connection, "amount") == [
        (NUMBER, -1, None, None, 0),
        *((NUMBER, at, 100.0 * (at + 1), None, 100) for at in range(9)),
        (NUMBER, 9, None, None, 100),
    ]
    assert bins(connection, "status") == [
        (CATEGORY, -1, None, None, 100),
        (CATEGORY, 0, None, "open", 500),
        (CATEGORY, 1, None, "ordered", 400),
        (CATEGORY, 2, None, None, 0),
    ]
    assert {(shift.psi, shift.night, shift.verdict) for shift in shifts} == {
        (None, None, "not knowable")
    }


def test_the_index_is_counted_over_the_earlier_nights_bins(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    make(connection, THOUSAND)
    step(connection, NIGHT, BOTH, [])
    history = [leave(connection, tmp_path, NIGHT)]
    # all amounts above 500 fall below 100; nobody is open any more, some are new
    make(
        connection,
        """
        select
            case when i > 500 then 7 else i end as amount,
            case when i <= 100 then null when i <= 600 then 'new' else 'ordered' end
            as status
        from range(1, 1001) as t (i)
        """,
    )
    shifts = step(connection, NIGHT + timedelta(1), BOTH, history)

    eps = 1e-4
    by_hand = (0.6 - 0.1) * math.log(0.6 / 0.1) + 5 * (eps - 0.1) * math.log(eps / 0.1)
    assert psi_of(shifts, AMOUNT, PREVIOUS) == round(by_hand, 6)
    by_hand = (eps - 0.5) * math.log(eps / 0.5) + (0.5 - eps) * math.log(0.5 / eps)
    assert psi_of(shifts, STATUS, PREVIOUS) == round(by_hand, 6)
    assert psi_of(shifts, AMOUNT, REFERENCE) == psi_of(shifts, AMOUNT, PREVIOUS)
    assert {shift.verdict for shift in shifts} == {"drifted"}


def test_the_same_night_again_has_not_moved_and_leaves_the_same(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    make(connection, THOUSAND)
    step(connection, NIGHT, BOTH, [])
    history = [leave(connection, tmp_path, NIGHT)]
    before = bins(connection, "amount")
    make(connection, f"select * from ({THOUSAND}) order by amount % 7")
    shifts = step(connection, NIGHT + timedelta(1), BOTH, history)

    assert {(shift.psi, shift.verdict) for shift in shifts} == {(0.0, "steady")}
    assert bins(connection, "amount") == before


def test_rows_that_lose_their_value_are_a_shift(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    make(connection, THOUSAND)
    step(connection, NIGHT, [AMOUNT], [])
    history = [leave(connection, tmp_path, NIGHT)]
    make(
        connection,
        f"select case when amount % 2 = 0 then amount end as amount from ({THOUSAND})",
    )
    (previous, _) = step(connection, NIGHT + timedelta(1), [AMOUNT], history)

    by_hand = 10 * (0.05 - 0.1) * math.log(0.05 / 0.1) + (0.5 - 1e-4) * math.log(5000)
    assert previous.psi == round(by_hand, 6)
    assert bins(connection, "amount")[0] == (NUMBER, -1, None, None, 500)


def test_values_that_are_often_the_same_are_one_edge_and_what_is_not_finite_is_null(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    make(
        connection,
        """
        select
            case
                when i <= 80 then 1.0 when i <= 98 then 2.0
                when i = 99 then cast('nan' as double) else cast('inf' as double)
            end as amount
        from range(1, 101) as t (i)
        """,
    )
    step(connection, NIGHT, [AMOUNT], [])

    assert bins(connection, "amount") == [
        (NUMBER, -1, None, None, 2),
        (NUMBER, 0, 1.0, None, 80),
        (NUMBER, 1, 2.0, None, 18),
        (NUMBER, 2, None, None, 0),
    ]


@pytest.mark.parametrize(
    "select",
    [
        pytest.param("select 1 as amount, 'a' as status where false", id="no row"),
        pytest.param(
            "select null::double as amount, null::varchar as status from range(700)",
            id="no value",
        ),
    ],
)
def test_a_column_without_values_is_measured_all_the_same(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, select: str
) -> None:
    make(connection, select)
    step(connection, NIGHT, BOTH, [])
    history = [leave(connection, tmp_path, NIGHT)]
    again = step(connection, NIGHT + timedelta(1), BOTH, history)

    rows = again[0].rows
    assert [kind[1:] for kind in bins(connection, "amount")] == [
        (-1, None, None, rows),
        (0, None, None, 0),
    ]
    # what never had a value has not moved since yesterday, and is compared with no other
    assert {(shift.compared_with, shift.psi) for shift in again} == {
        (PREVIOUS, 0.0 if rows else None),
        (REFERENCE, None),
    }


def test_a_label_that_few_rows_have_is_never_kept(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    make(
        connection,
        """
        select 'ten' as status from range(10) union all
        select 'ana@example.com' from range(9)
        """,
    )
    step(connection, NIGHT, [STATUS], [])

    assert bins(connection, "status") == [
        (CATEGORY, -1, None, None, 0),
        (CATEGORY, 0, None, "ten", 10),
        (CATEGORY, 1, None, None, 9),
    ]


def test_the_twenty_most_frequent_labels_are_kept_and_the_others_are_one_bin(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    make(
        connection,
        """
        select concat('l', i) as status from range(30) as t (i), range(20)
        union all select 'z' from range(21)
        """,
    )
    step(connection, NIGHT, [STATUS], [])
    kept = bins(connection, "status")

    assert len(kept) == 22, "null, twenty labels, the others"
    assert [row[3] for row in kept[1:4]] == ["z", "l0", "l1"], "ties by name"
    assert kept[-1] == (CATEGORY, 20, None, None, 11 * 20)


def test_an_earlier_nights_label_is_counted_though_it_is_rare_now(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    make(connection, "select if(i < 500, 'a', 'b') as status from range(1000) as t (i)")
    step(connection, NIGHT, [STATUS], [])
    history = [leave(connection, tmp_path, NIGHT)]
    make(connection, "select if(i < 5, 'a', 'c') as status from range(1000) as t (i)")
    (previous, _) = step(connection, NIGHT + timedelta(1), [STATUS], history)

    then = Distribution(CATEGORY, ("a", "b"), (500, 500, 0), 0)
    now = Distribution(CATEGORY, ("a", "b"), (5, 0, 995), 0)
    assert previous.psi == index(then, now)


def test_too_few_rows_on_either_side_are_not_compared(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def night(rows: int, day: int, history: list[tuple[date, Path]]) -> str:
        make(connection, f"select i as amount from range({rows}) as t (i)")
        shifts = step(connection, NIGHT + timedelta(day), [AMOUNT], history)
        return shifts[0].verdict

    night(499, 0, [])
    few = [leave(connection, tmp_path, NIGHT)]
    assert night(1000, 1, few) == "not knowable"
    night(500, 0, [])
    enough = [leave(connection, tmp_path, NIGHT)]
    assert night(500, 1, enough) != "not knowable"
    assert night(499, 1, enough) == "not knowable"


def test_a_column_that_changed_its_type_is_not_compared(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    make(connection, THOUSAND)
    step(connection, NIGHT, [AMOUNT], [])
    history = [leave(connection, tmp_path, NIGHT)]
    make(connection, "select 'x' as amount from range(1000)")

    shifts = step(connection, NIGHT + timedelta(1), [AMOUNT], history)
    assert {shift.verdict for shift in shifts} == {"not knowable"}


def test_a_column_that_cannot_be_spread_is_left_out(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    make(connection, "select timestamp '2026-04-05' as amount")

    assert step(connection, NIGHT, BOTH, []) == ()
    assert connection.execute("from drift.psi").fetchall() == []


@pytest.mark.parametrize(
    ("ages", "previous", "reference"),
    [
        pytest.param([], None, None, id="the first night"),
        pytest.param([1], 1, 1, id="the second"),
        pytest.param([1, 2, 27], 1, 27, id="a young home: its first night"),
        pytest.param([1, 28, 29, 90], 1, 28, id="28 nights back"),
        pytest.param([3, 30, 90], 3, 30, id="with a gap: the newest older one"),
        pytest.param([-1, 0, 2], 2, 2, id="never a night to come, nor itself"),
    ],
)
def test_tonight_is_compared_with_last_night_and_with_28_nights_ago(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    ages: list[int],
    previous: int | None,
    reference: int | None,
) -> None:
    make(connection, THOUSAND)
    step(connection, NIGHT, BOTH, [])
    history = [leave(connection, tmp_path, NIGHT - timedelta(age)) for age in ages]
    shifts = step(connection, NIGHT, BOTH, history)

    found = {shift.compared_with: shift.night for shift in shifts}
    assert found == {
        PREVIOUS: None if previous is None else NIGHT - timedelta(previous),
        REFERENCE: None if reference is None else NIGHT - timedelta(reference),
    }


def test_only_the_nights_that_can_matter_are_opened() -> None:
    history = [(NIGHT - timedelta(age), Path(f"{age}")) for age in range(-3, 400)]

    opened = [path.name for _, path in relevant(NIGHT, history)]
    assert opened == [str(age) for age in range(28, 0, -1)]


def test_a_night_with_few_rows_is_no_reference(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    make(connection, "select 1 as amount")
    step(connection, NIGHT, [AMOUNT], [])
    history = [leave(connection, tmp_path, NIGHT - timedelta(9))]
    make(connection, THOUSAND)
    step(connection, NIGHT, [AMOUNT], [])
    history.append(leave(connection, tmp_path, NIGHT - timedelta(5)))

    past = read_past(connection, NIGHT, history)
    assert past[AMOUNT][REFERENCE][0] == NIGHT - timedelta(5)


def test_thresholds_belong_to_the_milder_and_the_harder_side() -> None:
    def verdict(psi: float | None) -> str:
        return Shift(AMOUNT, PREVIOUS, NIGHT, 1000, psi).verdict

    assert [verdict(psi) for psi in (0.099999, 0.1, 0.25, 0.250001, None)] == [
        "steady", "moved", "moved", "drifted", "not knowable",
    ]  # fmt: skip


def test_the_index_is_the_same_either_way_and_grows_with_the_distance() -> None:
    def spread(*counts: int) -> Distribution:
        return Distribution(NUMBER, (1.0, 2.0), counts, 0)

    even, slightly, far = spread(10, 10, 10), spread(8, 10, 12), spread(1, 1, 28)
    assert index(even, far) == index(far, even)
    assert 0 == index(even, even) < index(even, slightly) < index(even, far)
    assert index(even, spread(20, 20, 20)) == 0, "a share, not a count"


def test_columns_are_watched_where_their_yml_says_so() -> None:
    def node(**columns: dict[str, object]) -> dict[str, object]:
        return {
            "resource_type": "model", "schema": "marts", "name": "carts",
            "columns": columns,
        }  # fmt: skip

    nodes = {
        "a": node(
            status={"config": {"meta": {"drift": True}}},
            amount={"meta": {"drift": True}},
            other={"config": {"meta": {"drift": False}}},
            plain={},
        ),
        "b": {**node(status={"meta": {"drift": True}}), "resource_type": "seed"},
    }
    assert watched_columns(nodes) == BOTH


@pytest.mark.parametrize(
    ("data_type", "kind"),
    [
        ("DECIMAL(18,2)", NUMBER), ("HUGEINT", NUMBER), ("DOUBLE", NUMBER),
        ("VARCHAR", CATEGORY), ("BOOLEAN", CATEGORY),
        ("DATE", None), ("DECIMAL(18,2)[]", None), ("VARCHAR[]", None), ("", None),
    ],
)  # fmt: skip
def test_a_type_is_a_number_a_category_or_neither(
    data_type: str, kind: str | None
) -> None:
    assert kind_of(data_type) == kind


def test_a_first_night_is_told_in_one_line() -> None:
    shifts = [Shift(one, PREVIOUS, None, 1000, None) for one in BOTH]

    (line,) = drift_table(shifts)
    assert line.startswith("2 columns have nothing to be compared with yet")


def test_a_score_that_nobody_had_yet_has_not_moved(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    make(connection, THOUSAND.replace("i as amount", "null::int as amount"))
    step(connection, NIGHT, BOTH, [])
    history = [leave(connection, tmp_path, NIGHT)]
    make(connection, THOUSAND)
    shifts = step(connection, NIGHT + timedelta(days=1), BOTH, history)
    assert psi_of(shifts, AMOUNT, PREVIOUS) is None

    # that everybody has lost theirs is told
    history.append(leave(connection, tmp_path, NIGHT + timedelta(days=1)))
    make(connection, THOUSAND.replace("i as amount", "null::int as amount"))
    shifts = step(connection, NIGHT + timedelta(days=2), BOTH, history)
    assert (psi_of(shifts, AMOUNT, PREVIOUS) or 0) > 1


def test_the_table_has_the_largest_shift_first() -> None:
    shifts = [
        Shift(AMOUNT, PREVIOUS, NIGHT, 1000, 0.01),
        Shift(STATUS, REFERENCE, None, 1000, None),
        Shift(STATUS, PREVIOUS, NIGHT, 1000, 0.3),
    ]

    table = drift_table(
        [*shifts, Shift(Watched("marts.carts", "other"), PREVIOUS, None, 1000, None)]
    )
    lines = [line.split() for line in table[1:]]
    assert [line[-1] for line in lines[:2]] == ["drifted", "steady"]
    assert table[3].startswith("1 columns have nothing to be compared with yet")
    assert lines[0][:1] + lines[0][3:] == [
        "marts.carts.status", "2026-04-05", "1,000", "0.3000", "drifted",
    ]  # fmt: skip
