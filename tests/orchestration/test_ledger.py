"""The ledger only grows, and a night knows what was known by then."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.arrivals.ledger import (
    LedgerError,
    LedgerLine,
    append_lines,
    first_night_for,
    known_at,
    read_ledger,
)

FIRST = date(2026, 3, 1)


def line(file: str, content: str, known_from: date = FIRST) -> LedgerLine:
    return LedgerLine(
        source="shop",
        table="orders",
        file=file,
        export_date=FIRST,
        content_sha256=content,
        bytes=10,
        rows_in=2,
        rows_loaded=1,
        rows_rejected=1,
        parquet=f"raw/shop/orders/export_date=2026-03-01/{content}.parquet",
        known_from=known_from,
        contract_sha256="c",
        columns=("Id", "Größe"),
    )


arrivals = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 9), st.integers(0, 20)),
    max_size=12,
).map(
    lambda rows: [
        line(file, str(content), FIRST + timedelta(days=days))
        for file, content, days in sorted(rows, key=lambda row: row[2])
    ]
)
nights = st.integers(-1, 21).map(lambda days: FIRST + timedelta(days=days))


def test_what_is_appended_is_read_again_in_order(tmp_path: Path) -> None:
    batches = [[line("a", "1"), line("b", "2")], [line("a", "3")]]
    for batch in batches:
        append_lines(tmp_path, batch)

    assert read_ledger(tmp_path, "shop", "orders") == (*batches[0], *batches[1])
    assert read_ledger(tmp_path, "shop", "customers") == ()


def test_a_batch_never_changes_and_nothing_is_written_for_nothing(
    tmp_path: Path,
) -> None:
    append_lines(tmp_path, [line("a", "1")])
    folder = tmp_path / "raw" / "_ledger" / "shop.orders"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    append_lines(tmp_path, [])
    append_lines(tmp_path, [line("a", "2")])
    after = {path.name: path.read_bytes() for path in folder.iterdir()}

    assert len(before) == 1
    assert before.items() <= after.items()
    assert sorted(name[:6] for name in after) == ["000001", "000002"]


def test_left_overs_of_a_killed_run_are_not_read(tmp_path: Path) -> None:
    append_lines(tmp_path, [line("a", "1")])
    folder = tmp_path / "raw" / "_ledger" / "shop.orders"
    (folder / ".tmp-1-000002-0123456789abcdef.jsonl").write_text('{"half')

    assert len(read_ledger(tmp_path, "shop", "orders")) == 1


def test_a_damaged_batch_is_named_and_not_read(tmp_path: Path) -> None:
    append_lines(tmp_path, [line("a", "1")])
    (path,) = (tmp_path / "raw" / "_ledger" / "shop.orders").iterdir()
    path.write_bytes(path.read_bytes().replace(b'"rows_in": 2', b'"rows_in": 3'))

    with pytest.raises(LedgerError, match=r"shop\.orders: ledger batch 000001"):
        read_ledger(tmp_path, "shop", "orders")


def test_new_content_replaces_the_old_from_its_own_night_on() -> None:
    later = FIRST + timedelta(days=3)
    lines = [line("a", "old"), line("a", "new", later)]

    assert known_at(lines, later - timedelta(days=1)) == (lines[0],)
    assert known_at(lines, later) == (lines[1],)


@given(arrivals, nights)
def test_a_night_sees_each_file_at_most_once_and_only_what_was_known(
    lines: list[LedgerLine], night: date
) -> None:
    seen = known_at(lines, night)

    assert {one.file for one in seen} == {
        one.file for one in lines if one.known_from <= night
    }
    assert len({one.file for one in seen}) == len(seen)
    assert all(one.known_from <= night for one in seen)


@given(arrivals, arrivals, nights)
def test_what_arrives_later_never_changes_an_earlier_night(
    lines: list[LedgerLine], more: list[LedgerLine], night: date
) -> None:
    late = [one for one in more if one.known_from > night]

    assert known_at([*lines, *late], night) == known_at(lines, night)


@given(arrivals, nights)
def test_the_files_that_a_night_knows_only_grow(
    lines: list[LedgerLine], night: date
) -> None:
    today = {one.file for one in known_at(lines, night)}
    tomorrow = {one.file for one in known_at(lines, night + timedelta(days=1))}

    assert today <= tomorrow


@given(nights, st.lists(nights))
def test_a_new_file_is_never_known_to_a_night_that_was_published(
    export_date: date, published: list[date]
) -> None:
    known_from = first_night_for(export_date, published)

    assert known_from >= export_date
    assert known_from not in published or known_from < min(
        (night for night in published if night >= export_date), default=date.max
    )
    assert all(night < known_from for night in published if night >= export_date)
