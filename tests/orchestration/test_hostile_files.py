"""Whatever a file holds, no row is loaded wrong and none goes missing unsaid."""

import csv
import io
import json
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.contracts import Column, Contract
from orchestration.loads import LoadReport, load_arrivals

COLUMNS = ("id", "name", "note")
CONTRACT = Contract(
    "shop",
    "orders",
    "append",
    ",",
    '"',
    "utf-8",
    3,
    tuple(Column(name, name == "id", "text") for name in COLUMNS),
)
texts = st.text(
    st.one_of(
        st.sampled_from("ab,;\"'\n\r\t \\#=@é😀\u2028\u200b"),
        st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"),
    ),
    max_size=12,
)
Rows = Sequence[tuple[str, ...]]
tables = st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=12)
homes = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def put(home: Path, name: str, body: bytes) -> None:
    path = home / "inbox" / "shop" / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def load(home: Path, name: str, body: bytes) -> LoadReport:
    put(home, name, body)
    return load_arrivals(home, [CONTRACT], [])


def day_of(number: int) -> date:
    return date.fromordinal(date(2026, 1, 1).toordinal() + number)


def loaded_rows(home: Path, report: LoadReport, number: int = 0) -> list[Any]:
    return duckdb.execute(
        f"select {', '.join(COLUMNS)} from '{home / report.loaded[number].parquet}'"
    ).fetchall()


def written(rows: Rows, line_end: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue().encode()


def as_read(rows: Rows) -> list[tuple[str | None, ...]]:
    return [tuple(value or None for value in row) for row in rows]


@homes
@given(tables, st.sampled_from(["\n", "\r\n"]))
def test_any_text_comes_through_a_csv_unchanged(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Rows,
    line_end: str,
) -> None:
    home = tmp_path_factory.mktemp("home")

    report = load(home, "2026-03-29.csv", written(rows, line_end))

    assert loaded_rows(home, report) == as_read(rows)


@homes
@given(tables, st.booleans(), st.booleans())
def test_any_text_comes_through_json_lines_unchanged(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Rows,
    is_ascii: bool,
    is_batch: bool,
) -> None:
    home = tmp_path_factory.mktemp("home")
    records: list[Any] = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    lines = [records] if is_batch else records
    body = "\n".join(json.dumps(line, ensure_ascii=is_ascii) for line in lines)

    report = load(home, "2026-03-29.jsonl", body.encode())

    assert loaded_rows(home, report) == rows


def test_of_a_cut_csv_only_the_last_row_can_be_wrong(tmp_path: Path) -> None:
    draw = random.Random(7)
    rows = [
        (
            str(number),
            draw.choice(['a"b', "line\nbreak", "x,y", "é"]),
            "z" * (number % 9),
        )
        for number in range(120)
    ]
    body = written(rows)
    ends = range(60, len(body), 37)
    for number, end in enumerate(ends):
        put(tmp_path, f"{day_of(number)}.csv", body[:end])

    report = load_arrivals(tmp_path, [CONTRACT], [])

    assert len(report.loaded) + len(report.held) == len(ends)
    assert len(report.loaded) > len(ends) // 2
    for place, line in enumerate(report.loaded):
        found = loaded_rows(tmp_path, report, place)
        assert found[:-1] == as_read(rows)[: len(found) - 1]
        assert line.rows_in == line.rows_loaded + line.rows_rejected
        end = ends[(line.export_date - day_of(0)).days]
        assert line.rows_in == body[:end].count(b'\n"')


def test_a_csv_with_flipped_bits_never_loses_rows_unsaid(tmp_path: Path) -> None:
    draw = random.Random(7)
    rows = [(str(number), f"name {number}", "note") for number in range(300)]
    body = b"id,name,note\n" + b"".join(f"{','.join(row)}\n".encode() for row in rows)
    for number in range(100):
        flipped = bytearray(body)
        flipped[draw.randrange(13, len(body))] ^= 1 << draw.randrange(8)
        put(tmp_path, f"{day_of(number)}.csv", bytes(flipped))

    report = load_arrivals(tmp_path, [CONTRACT], [])

    assert len(report.loaded) + len(report.held) == 100
    assert len(report.loaded) > 50
    for place, line in enumerate(report.loaded):
        found = loaded_rows(tmp_path, report, place)
        wrong = set(found) - set(as_read(rows))
        assert len(found) == line.rows_loaded
        assert len(wrong) + line.rows_rejected <= 2
        assert 299 <= line.rows_in <= 301


def test_a_quote_that_is_never_closed_holds_its_file_and_no_other(
    tmp_path: Path,
) -> None:
    put(
        tmp_path,
        "2026-03-01.csv",
        b'id,name,note\n1,a,"' + (b"x" * 99 + b"\n") * 200_000,
    )
    put(tmp_path, "2026-03-02.csv", b"id,name,note\n1,a,b\n")

    report = load_arrivals(tmp_path, [CONTRACT], [])

    assert [line.file for line in report.loaded] == ["2026-03-02.csv"]
    assert [held.file for held in report.held] == ["2026-03-01.csv"]
