"""Every file of the inbox is loaded once and whole, or held back with a reason."""

import gzip
import json
import os
import random
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.ledger import LedgerLine, known_at, read_ledger
from orchestration.arrivals.loads import LoadError, LoadReport, load_arrivals

DAY = date(2026, 3, 29)
ID = Column("id", required=True, reads_as="text")
NAME = Column("name", required=False, reads_as="text")


def contract(**promises: Any) -> Contract:
    defaults: dict[str, Any] = {
        "source": "shop",
        "table": "orders",
        "delivery": "append",
        "delimiter": ",",
        "quote": '"',
        "encoding": "utf-8",
        "max_age_days": 3,
        "columns": (ID, NAME),
    }
    return Contract(**defaults | promises)


def put(home: Path, name: str, body: bytes) -> Path:
    path = home / "inbox" / "shop" / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def load(home: Path, published: Sequence[date] = (), **promises: Any) -> LoadReport:
    return load_arrivals(home, [contract(**promises)], published)


def rows(home: Path, line: LedgerLine) -> list[tuple[Any, ...]]:
    return (
        duckdb.execute(
            "select columns(lambda name: name not in ('_source_file', '_row_number', "
            "'file_row_number')) from read_parquet(?, hive_partitioning = false, "
            "file_row_number = true) order by file_row_number",
            [str(home / line.parquet)],
        )
    ).fetchall()


def rejects(home: Path) -> list[tuple[Any, ...]]:
    return duckdb.execute(
        "select row_number, reason, raw_text from read_parquet(?) order by all",
        [str(home / "rejected" / "shop" / "orders" / "*" / "*.parquet")],
    ).fetchall()


def files_below(home: Path) -> Mapping[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != ".night.lock"
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"id,name\n1,Ana\n2,\n", id="plain"),
        pytest.param(b"id,name\r\n1,Ana\r\n2,\r\n", id="windows line ends"),
        pytest.param(b"id,name\r1,Ana\r2,\r", id="old mac line ends"),
        pytest.param(b"\xef\xbb\xbfid,name\n1,Ana\n2,\n", id="byte order mark"),
        pytest.param(b'"id","name"\n"1","Ana"\n"2",""\n', id="all quoted"),
        pytest.param(b"id,name\n1,Ana\n2,", id="no last line end"),
        pytest.param(b"id,name\n\n1,Ana\n\n2,\n\n", id="blank lines"),
    ],
)
def test_one_table_in_many_writings_is_the_same_table(
    tmp_path: Path, body: bytes
) -> None:
    put(tmp_path, "2026-03-29.csv", body)

    (line,) = load(tmp_path).loaded

    assert rows(tmp_path, line) == [("1", "Ana"), ("2", None)]
    assert (line.rows_in, line.rows_loaded, line.rows_rejected) == (2, 2, 0)
    assert line.columns == ("id", "name")
    assert (line.known_from, line.export_date) == (DAY, DAY)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("latin-1", ""),
        ("cp1252", "€"),
        ("utf-8", "é"),
    ],
)
def test_the_contract_names_the_encoding(
    tmp_path: Path, encoding: str, mark: str
) -> None:
    put(tmp_path, "2026-03-29.csv", f"id,name\n1,Zoë{mark}\n".encode(encoding))

    (line,) = load(tmp_path, encoding=encoding).loaded

    assert rows(tmp_path, line) == [("1", f"Zoë{mark}")]


def test_values_come_through_as_they_were_written(tmp_path: Path) -> None:
    values = [
        'a,"b"',
        "line\none",
        "line\r\ntwo",
        "\rx",
        " 007 ",
        "1.50",
        "=cmd()",
        "N/A",
    ]
    body = "id,name\n" + "".join(
        f'{place},"{value.replace(chr(34), chr(34) * 2)}"\n'
        for place, value in enumerate(values)
    )
    put(tmp_path, "2026-03-29.csv", body.encode())

    (line,) = load(tmp_path).loaded

    assert [row[1] for row in rows(tmp_path, line)] == values


def test_broken_rows_are_set_apart_and_the_others_keep_their_place(
    tmp_path: Path,
) -> None:
    put(
        tmp_path,
        "2026-03-29.csv",
        b'id,name\n1,a\n2\n3,b,c,d\n4,"x\ny"\n5,\xe9\n6,n\0l\n7,'
        + b"z" * 3_000_000
        + b"\n8,e\n",
    )

    (line,) = load(tmp_path, max_reject_share=1.0).loaded

    assert (line.rows_in, line.rows_loaded, line.rows_rejected) == (8, 3, 5)
    numbered = duckdb.execute(
        f"select id, _row_number from '{tmp_path / line.parquet}'"
    ).fetchall()
    assert numbered == [("1", 1), ("4", 4), ("8", 8)]
    found = rejects(tmp_path)
    assert [row[:2] for row in found] == [
        (2, "too few columns"),
        (3, "too many columns"),
        (5, "not UTF-8"),
        (6, "holds a NUL"),
        (7, "longer than 2 MB"),
    ]
    assert [row[2] for row in found[:4]] == ["2", "3,b,c,d", "5,\\xe9", "6,n\0l"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "the file is empty", id="0 bytes"),
        pytest.param(b"\n\n", "the file is empty", id="blank"),
        pytest.param(b"name,x\na,1\n", "required column `id` is missing", id="column"),
        pytest.param(b"Id ,x\na,1\n", "`Id` may be the new name of `id`", id="renamed"),
        pytest.param(b"id,name,id\n1,a,2\n", "`id` occurs twice", id="doubled"),
        pytest.param(b"id,ID\n1,2\n", "`id` occurs twice", id="doubled but for case"),
        pytest.param(b"id,export_date\n1,2\n", "reserved name", id="reserved"),
        pytest.param(b"id,n\xe9\n1,a\n", "not UTF-8", id="latin-1 header"),
        pytest.param("id,name\n1,a\n".encode("utf-16"), "UTF-16", id="utf-16"),
        pytest.param(
            b'id,name\n1,"a\n2,b\n3,c\n', "a quote is opened", id="open quote"
        ),
        pytest.param(b"id,name\n1\n2\n", "not one of its rows", id="nothing readable"),
        pytest.param(b"id,name\n1," + b"z" * 20_000_000, "longer than 8 MB", id="line"),
        pytest.param(
            ",".join(["id", *(f"c{n}" for n in range(10_000))]).encode(),
            "more than 2000 columns",
            id="columns",
        ),
    ],
)
def test_a_file_that_breaks_its_contract_is_held_back_with_a_sentence(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    put(tmp_path, "2026-03-29.csv", body)

    report = load(tmp_path)

    assert report.loaded == ()
    (held,) = report.held
    assert held.reason.startswith("shop/orders/2026-03-29.csv: ")
    assert reason in held.reason
    assert "land a corrected file" in held.reason
    assert not (tmp_path / "raw" / "shop").exists()


def test_an_open_quote_loses_no_rows_in_a_file_of_many_buffers(tmp_path: Path) -> None:
    lines = [f"{number},{'n' * 90}\n" for number in range(500_000)]
    lines[100] = '100,"open\n'
    put(tmp_path, "2026-03-29.csv", f"id,name\n{''.join(lines)}".encode())

    report = load(tmp_path)

    assert report.loaded == ()
    assert len(report.held) == 1


def test_a_held_file_does_not_stop_the_others_and_is_tried_again(
    tmp_path: Path,
) -> None:
    put(tmp_path, "2026-03-28.csv", b"name\na\n")
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    first, second = load(tmp_path), load(tmp_path)

    assert len(first.loaded) == len(first.held) == 1
    assert len(second.held) == len(second.repeated) == 1

    put(tmp_path, "2026-03-28.csv", b"id\n1b\n")
    assert [line.file for line in load(tmp_path).loaded] == ["2026-03-28.csv"]


def test_no_held_sentence_and_no_log_holds_a_value(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"ana@example.com,+447700900123\nid,x\n1,a\r\n")
    put(tmp_path, "2026-03-30.csv", b"id,name\n1,Ana Hara\r\n2,ana@example.com\n")

    reasons = " ".join(held.reason for held in load(tmp_path).held)

    assert "ana" not in reasons.lower()
    assert "7700" not in reasons


def test_columns_may_come_go_and_change_their_order(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-27.csv", b"name,id\nAna,1\n")
    put(tmp_path, "2026-03-28.csv", b"id,extra\n2,x\n")
    put(tmp_path, "2026-03-29.csv", b"id,\n3,x\n")

    loaded = load(tmp_path).loaded

    assert [line.columns for line in loaded] == [
        ("name", "id"),
        ("id", "extra"),
        ("id", "_unnamed_2"),
    ]


def test_the_fingerprint_knows_rows_and_neither_their_order_nor_their_file(
    tmp_path: Path,
) -> None:
    put(tmp_path, "2026-03-28.csv", b"id,name\n1,a\n2,b\n")
    put(tmp_path, "2026-03-29.csv", b"name,id\nb,2\na,1\n")
    put(tmp_path, "2026-03-30.jsonl", b'{"id":1,"name":"a"}\n{"id":2,"name":"c"}\n')
    put(tmp_path, "2026-03-31.csv", b"id,name\n1,a\n")
    put(tmp_path, "2026-03-31-b.csv", b"id,name\n2,b\n")

    last, first, *others = (
        line.rows_fingerprint for line in load(tmp_path).loaded[::-1]
    )

    other_rows, shuffled, plain = others
    assert plain == shuffled == (first + last) % 2**64
    assert plain != other_rows


def test_the_fingerprint_does_not_know_which_keys_another_file_has(
    tmp_path: Path,
) -> None:
    both = b'{"id":"1","name":"a"}\n'
    without = b'{"id":"2"}\n'
    put(tmp_path, "2026-03-28.jsonl", both + without)
    put(tmp_path, "2026-03-29-1.jsonl", both)
    put(tmp_path, "2026-03-29-2.jsonl", without)
    put(tmp_path, "2026-03-30.jsonl", both + b'{"name":"2"}\n')

    together, one, other, elsewhere = (
        line.rows_fingerprint for line in load(tmp_path).loaded
    )

    assert together == (one + other) % 2**64
    assert together != elsewhere, "a value under another key is another row"


def test_a_very_wide_file_has_a_fingerprint(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(1_998))
    put(tmp_path, "2026-03-29.csv", f"id,{names}\n1{',x' * 1_998}\n".encode())

    (line,) = load(tmp_path).loaded

    assert line.rows_fingerprint > 0


def test_the_same_content_under_any_name_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    load(tmp_path)
    before = files_below(tmp_path / "raw")
    put(tmp_path, "2026-03-29-again.csv", b"id\n1\n")

    report = load(tmp_path)

    assert (report.loaded, report.held) == ((), ())
    assert len(report.repeated) == 2
    after = files_below(tmp_path / "raw")
    memories = {"_ledger/_seen.json", "_ledger/_checked.json"}
    assert {name: body for name, body in after.items() if name not in memories} == {
        name: body for name, body in before.items() if name not in memories
    }


def test_a_day_on_which_nothing_happened_is_a_day_that_arrived(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-28.csv", b"id\n")
    put(tmp_path, "2026-03-29.csv", b"id\n")

    loaded = load(tmp_path).loaded

    assert [(line.export_date.day, line.rows_in) for line in loaded] == [
        (28, 0),
        (29, 0),
    ]
    assert load(tmp_path).loaded == ()


def test_a_snapshot_that_returns_to_an_older_state_is_loaded(tmp_path: Path) -> None:
    for day, value in ((27, b"a"), (28, b"b"), (29, b"a")):
        put(tmp_path, f"2026-03-{day}.csv", b"id\n" + value + b"\n")

    assert len(load(tmp_path, delivery="snapshot").loaded) == 3
    assert load(tmp_path, delivery="snapshot").loaded == ()


def test_a_record_that_returns_to_an_older_version_is_loaded(tmp_path: Path) -> None:
    for day, value in ((25, b"a"), (26, b"b"), (29, b"a")):
        put(tmp_path, f"2026-03-{day}.csv", b"id,name\n1," + value + b"\n")

    loaded = load(tmp_path, delivery="versions").loaded

    assert [line.export_date.day for line in loaded] == [25, 26, 29]
    assert load(tmp_path, delivery="versions").loaded == ()


@pytest.mark.parametrize(
    ("delivery", "between"),
    [
        pytest.param("versions", b"", id="nothing came between"),
        pytest.param("versions", b"id,name\n", id="nothing happened between"),
        pytest.param("append", b"id,name\n1,b\n", id="an event happens once"),
    ],
)
def test_a_file_that_only_comes_again_is_not_loaded(
    tmp_path: Path, delivery: str, between: bytes
) -> None:
    put(tmp_path, "2026-03-25.csv", b"id,name\n1,a\n")
    if between:
        put(tmp_path, "2026-03-26.csv", between)
    put(tmp_path, "2026-03-29.csv", b"id,name\n1,a\n")

    report = load(tmp_path, delivery=delivery)

    assert [one.export_date.day for one in report.repeated] == [29]


def test_a_snapshot_without_a_row_is_held_back(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n")

    (held,) = load(tmp_path, delivery="snapshot").held

    assert "a snapshot without a row" in held.reason


def test_new_content_under_a_known_name_replaces_it_and_says_so(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    (old,) = load(tmp_path).loaded
    put(tmp_path, "2026-03-29.csv", b"id\n1\n2\n")
    report = load(tmp_path, published=[DAY])
    lines = read_ledger(tmp_path, "shop", "orders")

    assert report.replaced == (old,)
    assert report.loaded[0].known_from == date(2026, 3, 30)
    assert known_at(lines, DAY) == (old,)
    assert known_at(lines, date(2026, 3, 30)) == report.loaded
    assert (tmp_path / old.parquet).exists()

    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    assert load(tmp_path, published=[DAY]).replaced == report.loaded


def test_another_name_of_the_same_date_joins(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    put(tmp_path, "2026-03-29-b.csv", b"id\n2\n")
    load(tmp_path)

    assert len(known_at(read_ledger(tmp_path, "shop", "orders"), DAY)) == 2


@pytest.mark.parametrize(
    ("published", "known_from"),
    [([], 29), ([28], 29), ([29], 30), ([27, 28, 30], 31)],
)
def test_a_late_file_is_known_from_the_first_night_that_is_not_published(
    tmp_path: Path, published: list[int], known_from: int
) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")

    (line,) = load(tmp_path, [date(2026, 3, day) for day in published]).loaded

    assert line.known_from == date(2026, 3, known_from)


def test_a_file_of_the_future_is_loaded_and_not_yet_known(tmp_path: Path) -> None:
    put(tmp_path, "2027-01-01.csv", b"id\n1\n")

    (line,) = load(tmp_path, [DAY]).loaded

    assert known_at([line], date(2026, 12, 31)) == ()


def test_json_lines_become_rows_of_text(tmp_path: Path) -> None:
    records = [
        {"id": "a", "n": 12, "flag": True, "none": None},
        [{"id": "b", "deep": {"x": [1, 2]}}, {"id": "c", "name": 'q"\n'}],
        [],
        {"id": "d", "odd key.*$'": "x", "name": "é😀"},
    ]
    body = "\n\n".join(json.dumps(record) for record in records)
    put(tmp_path, "2026-03-29.jsonl", b"\xef\xbb\xbf" + body.encode())

    (line,) = load(tmp_path).loaded

    found = [dict(zip(line.columns, row, strict=True)) for row in rows(tmp_path, line)]
    assert [
        {key: row[key] for key in row if row[key] is not None} for row in found
    ] == [
        {"id": "a", "n": "12", "flag": "true"},
        {"id": "b", "deep": '{"x":[1,2]}'},
        {"id": "c", "name": 'q"\n'},
        {"id": "d", "odd key.*$'": "x", "name": "é😀"},
    ]


def test_broken_json_lines_are_set_apart(tmp_path: Path) -> None:
    put(
        tmp_path,
        "2026-03-29.jsonl",
        b'{"id":1}\n \t\n{"id":\n[{"id":3},4]\n{"id":"\xe9"}\r\n{"id":6,"id":7}\n'
        b'{"id":"\\u0000"}\nnull\n{"id":9}',
    )

    (line,) = load(tmp_path, max_reject_share=1.0).loaded

    assert (line.rows_in, line.rows_loaded, line.rows_rejected) == (9, 3, 6)
    assert rows(tmp_path, line) == [("1",), ("3",), ("9",)]
    assert [row[:2] for row in rejects(tmp_path)] == [
        (2, "not JSON"),
        (4, "not a JSON object"),
        (5, "not UTF-8"),
        (6, "a key occurs twice"),
        (7, "holds a NUL"),
        (8, "not a JSON object"),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b'{"ID2":1}\n', "required column `id`", id="required key"),
        pytest.param(b'{"id":1}\n{"Id":1}\n', "`id` occurs twice", id="case"),
        pytest.param(b'[\n{"id":1}\n]\n', "", id="one array over many lines"),
        pytest.param(b'{"id":1,"":2}\n', "a key has no name", id="nameless key"),
        pytest.param(b"{\n", "not one of its rows", id="cut"),
    ],
)
def test_json_that_breaks_its_contract_is_held_back_or_set_apart(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    put(tmp_path, "2026-03-29.jsonl", body)

    report = load(tmp_path)

    if reason:
        assert reason in report.held[0].reason
    else:
        assert [line.rows_rejected for line in report.loaded] == [2]


BLANK = [b"", b"\n", b" \r\n\t\n"]


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "jsonl.gz"])
@pytest.mark.parametrize("body", BLANK)
def test_a_file_in_which_nothing_stands_is_held(
    tmp_path: Path, suffix: str, body: bytes
) -> None:
    packed = gzip.compress(body) if suffix.endswith("gz") else body
    put(tmp_path, f"2026-03-29.{suffix}", packed)

    (held,) = load(tmp_path).held

    assert "the file is empty" in held.reason or "blank instead" in held.reason


@pytest.mark.parametrize(
    ("suffix", "body"),
    [
        ("csv", b"id,name\n"),
        ("csv.gz", gzip.compress(b"id,name\n", mtime=0)),
        ("jsonl", b"[]\n[]\n"),
        ("jsonl.gz", gzip.compress(b"[]\n", mtime=0)),
    ],
)
def test_a_file_that_says_to_have_no_rows_is_taken_and_told(
    tmp_path: Path, suffix: str, body: bytes
) -> None:
    put(tmp_path, f"2026-03-29.{suffix}", body)

    report = load(tmp_path)

    assert [line.rows_in for line in report.loaded] == [0]
    assert any("it has no rows" in warning for warning in report.warnings)


def test_files_without_rows_are_told_once_a_table_with_their_days(
    tmp_path: Path,
) -> None:
    for day in (1, 2, 3, 11):
        put(tmp_path, f"2026-03-{day:02}.csv", b"id,name\n")

    report = load(tmp_path)

    (told,) = (one for one in report.warnings if "no rows" in one)
    assert "4 files have no rows (2026-03-01 to 2026-03-03, 2026-03-11)" in told


def test_a_header_that_may_be_cut_is_held_until_something_says_it_is_all(
    tmp_path: Path,
) -> None:
    put(tmp_path, "2026-03-29.csv", b"id,na")

    (held,) = load(tmp_path).held
    put(tmp_path, "2026-03-29.csv", b"id,name")
    put(tmp_path, "2026-03-29.csv.rows", b"0")

    assert "a header without a line end" in held.reason
    assert [line.rows_in for line in load(tmp_path).loaded] == [0]


def test_empty_json_lines_are_taken_where_something_says_so(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.jsonl", b"")
    put(tmp_path, "2026-03-29.jsonl.rows", b"0")

    (line,) = load(tmp_path).loaded

    assert (line.rows_in, line.columns) == (0, ())


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    path = put(tmp_path, "2026-03-29.parquet", b"")
    duckdb.execute(
        "copy (select 1.50::decimal(9,2) as id, timestamptz '2026-03-29 01:00:00+02' "
        f"as name, {{'x': [1, 2]}} as deep, null as none) to '{path}'"
    )

    (line,) = load(tmp_path).loaded

    assert rows(tmp_path, line) == [
        ("1.50", "2026-03-28 23:00:00+00", '{"x":[1,2]}', None)
    ]


def test_a_cut_parquet_is_held_back(tmp_path: Path) -> None:
    path = put(tmp_path, "2026-03-29.parquet", b"")
    duckdb.execute(f"copy (select range as id from range(1000)) to '{path}'")
    path.write_bytes(path.read_bytes()[:-100])

    assert "the engine refused it" in load(tmp_path).held[0].reason


def test_gzip_is_unpacked_and_checked_to_its_last_byte(tmp_path: Path) -> None:
    body = b"id,name\n" + b"".join(b"%d,Ana%d\n" % (n, n) for n in range(2000))
    packed = gzip.compress(body, mtime=0)
    put(tmp_path, "2026-03-01.csv.gz", packed)
    draw = random.Random(7)
    for number in range(40):
        flipped = bytearray(packed)
        flipped[draw.randrange(10, len(packed))] ^= 1 << draw.randrange(8)
        put(tmp_path, f"2026-03-02-flip{number}.csv.gz", bytes(flipped))
        cut = packed[: -draw.randrange(1, len(packed) // 2)]
        put(tmp_path, f"2026-03-03-cut{number}.csv.gz", cut)

    report = load(tmp_path)

    assert [line.rows_in for line in report.loaded] == [2000]
    assert len(report.held) == 80
    assert all("gzip is cut or damaged" in held.reason for held in report.held)


def test_an_archive_that_grows_beyond_reason_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.arrivals.readers.plain_text.BOMB_BYTES", 1 << 20)
    put(tmp_path, "2026-03-29.csv.gz", gzip.compress(b"id\n" + b"1\n" * (4 << 20)))

    assert "200 times its size" in load(tmp_path).held[0].reason


@pytest.mark.parametrize("step", range(4))
def test_a_killed_run_leaves_nothing_to_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    for day in range(1, 4):
        put(tmp_path, f"2026-03-0{day}.csv", b"id,name\n%d,a\n9\n" % day)
    points = [
        "orchestration.arrivals.raw_files.publish_file",
        "orchestration.arrivals.loads.append_lines",
    ]
    with monkeypatch.context() as patch:
        patch.setattr(points[step == 3], die_after(points[step == 3], step % 3))
        with pytest.raises(KeyboardInterrupt):
            load(tmp_path)
    (tmp_path / "raw" / "_tmp" / "rows.parquet").write_bytes(b"half of it")

    report = load(tmp_path)

    assert report.held == ()
    lines = read_ledger(tmp_path, "shop", "orders")
    assert len(lines) == 3
    assert all((tmp_path / line.parquet).exists() for line in lines)
    assert not (tmp_path / "raw" / "_tmp").exists()
    assert len(rejects(tmp_path)) == 3


def die_after(point: str, calls: int) -> Any:
    """Return a stand-in for the function ``point`` that works ``calls`` times."""
    module, _, name = point.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)
    left = [calls]

    def dying(*arguments: Any) -> Any:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*arguments)

    return dying


def test_a_full_disk_ends_the_night_instead_of_holding_files_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orchestration.arrivals.raw_files.publish_file", full)

    with pytest.raises(LoadError, match="disk is full"):
        load(tmp_path)


def test_all_that_is_written_is_private(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id,name\n1,a\n2\n")
    load(tmp_path)

    for path in [*(tmp_path / "raw").rglob("*"), *(tmp_path / "rejected").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


@pytest.mark.timeout(20)
def test_a_pipe_in_the_inbox_blocks_nothing(tmp_path: Path) -> None:
    folder = put(tmp_path, "2026-03-29.csv", b"id\n1\n").parent
    os.mkfifo(folder / "2026-03-30.csv")

    report = load(tmp_path)

    assert len(report.loaded) == len(report.unknown) == 1


def test_what_was_seen_may_be_lost_or_damaged_without_harm(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    load(tmp_path)
    seen = tmp_path / "raw" / "_ledger" / "_seen.json"
    for damage in (b"", b"[]", b'{"shop/orders/2026-03-29.csv": 3}'):
        seen.write_bytes(damage)
        assert len(load(tmp_path).repeated) == 1


def test_a_file_that_is_known_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    load(tmp_path)

    def unexpected(*_: object) -> str:
        raise AssertionError

    monkeypatch.setattr("orchestration.arrivals.seen.sha256_of", unexpected)

    assert len(load(tmp_path).repeated) == 1


def test_a_lost_ledger_is_made_again_from_the_inbox(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id\n1\n")
    (line,) = load(tmp_path).loaded
    for batch in (tmp_path / "raw" / "_ledger" / "shop.orders").iterdir():
        batch.unlink()

    assert load(tmp_path).loaded == (line,)


def test_many_small_files_take_seconds(tmp_path: Path) -> None:
    for number in range(305):
        body = b"".join(b"%d,customer %d of %d\n" % (n, n, number) for n in range(1200))
        day = date.fromordinal(DAY.toordinal() - number)
        put(tmp_path, f"{day}.csv.gz", gzip.compress(b"id,name\n" + body, 1))
    start = time.perf_counter()
    first = load(tmp_path)
    middle = time.perf_counter()
    second = load(tmp_path)

    assert sum(line.rows_loaded for line in first.loaded) == 305 * 1200
    assert len(second.repeated) == 305
    assert middle - start < 20
    assert time.perf_counter() - middle < 2
