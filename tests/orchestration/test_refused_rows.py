"""What a file that says no held and could not be read stays known, night by night."""

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.loads import load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.arrivals.refused_rows import refused_digest

FILE = "2026-04-05.csv"
HEADER = "email,status\n"
GOOD = f"{HEADER}ana@mail.example.com,withdrawn\nben@mail.example.com,granted\n"


def contract(**promises: Any) -> Contract:
    facts: dict[str, Any] = {
        "source": "consent",
        "table": "ledger",
        "delivery": "append",
        "delimiter": ",",
        "quote": '"',
        "encoding": "utf-8",
        "max_age_days": 0,
        "columns": (Column("email", True, "text"), Column("status", False, "text")),
        "says_no": True,
    }
    return Contract(**(facts | promises))


def put(home: Path, body: str | bytes, name: str = FILE) -> Path:
    path = home / "inbox" / "consent" / "ledger" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path


def known(home: Path, night: int = 5, published: int = 0, **promises: Any) -> Any:
    """Load, and return a connection that sees what the night of this April knows."""
    nights = [date(2026, 4, published)] if published else []
    load_arrivals(home, [contract(**promises)], nights)
    connection = duckdb.connect()
    write_raw_views(connection, home, [contract(**promises)], date(2026, 4, night))
    return connection


def refused(connection: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(
        "select row_number, raw_text, is_held from raw_nightpost.refused_rows order by all"
    ).fetchall()
    return rows


def flags(connection: Any) -> tuple[bool, bool]:
    (row,) = connection.execute(
        "select has_held_files, has_unknown_rows from raw_nightpost.sources"
    ).fetchall()
    return row[0], row[1]


def test_a_row_that_is_refused_at_load_is_known_by_its_text(tmp_path: Path) -> None:
    put(tmp_path, f"{GOOD}cy@mail.example.com,withdrawn,too,many\n")

    connection = known(tmp_path)

    assert refused(connection) == [(3, "cy@mail.example.com,withdrawn,too,many", False)]
    assert flags(connection) == (False, False)


HELD = {
    "another_dialect": "email;status\nana@mail.example.com;withdrawn\n",
    "no_header": "ana@mail.example.com,withdrawn\n",
    "an_open_quote": f'{HEADER}"ana@mail.example.com,withdrawn\nben@mail.example.com,x\n',
    "not_a_row_readable": f"{HEADER}ana@mail.example.com,withdrawn,x,y\n",
    "utf_16": "email,status\nana@mail.example.com,withdrawn\n".encode("utf-16"),
    "gzip": gzip.compress(b"mail,status\nana@mail.example.com,withdrawn\n"),
}


@pytest.mark.parametrize("case", HELD)
def test_the_lines_of_a_held_file_are_known(tmp_path: Path, case: str) -> None:
    put(tmp_path, HELD[case], f"{FILE}.gz" if case == "gzip" else FILE)

    connection = known(tmp_path)

    rows = [row for row in refused(connection) if "ana@mail.example.com" in row[1]]
    assert len(rows) == 1 and rows[0][2]
    assert flags(connection) == (True, False)


UNKNOWN = {
    "cut_gzip": gzip.compress(GOOD.encode() * 99)[:-30],
    "no_text": b"\x93\0\1\2" * 99,
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_file_that_cannot_be_read_to_its_end_is_said(
    tmp_path: Path, case: str
) -> None:
    put(tmp_path, UNKNOWN[case], f"{FILE}.gz" if case == "cut_gzip" else FILE)

    assert flags(known(tmp_path)) == (True, True)


def test_a_file_with_fewer_rows_than_promised_may_lack_noes(tmp_path: Path) -> None:
    put(tmp_path, GOOD)

    few = known(tmp_path, rows_at_least=3)
    assert flags(few) == (True, True) and len(refused(few)) == 2


def test_parquet_and_json_lines_are_kept_as_well(tmp_path: Path) -> None:
    parquet = put(tmp_path, b"", "2026-04-05.parquet")
    duckdb.sql("select 'ana@mail.example.com' as mail").write_parquet(str(parquet))
    put(tmp_path, '{"mail": "b\\u00e9n@mail.example.com"}\n', "2026-04-05.jsonl")

    assert [row[1] for row in refused(known(tmp_path))] == [
        "ana@mail.example.com",
        '{"mail": "bén@mail.example.com"}',
    ]


def test_a_held_file_stays_known_until_a_good_one_of_its_name(tmp_path: Path) -> None:
    bad = put(tmp_path, "mail,status\nana@mail.example.com,x\n")
    assert len(refused(known(tmp_path))) == 1
    bad.unlink()
    assert len(refused(known(tmp_path))) == 1, "what a night knew, a re-run knows"

    put(tmp_path, GOOD, "2026-04-06.csv")
    assert len(refused(known(tmp_path, night=6))) == 1

    put(tmp_path, GOOD + "\n")
    connection = known(tmp_path, night=6, published=5)
    assert refused(connection) == [] and flags(connection) == (False, False)
    assert len(refused(known(tmp_path, night=5, published=5))) == 1


def test_a_table_that_does_not_say_no_keeps_no_rows(tmp_path: Path) -> None:
    put(tmp_path, "mail,status\nana@mail.example.com,x\n")

    connection = known(tmp_path, says_no=False)

    assert refused(connection) == [] and flags(connection) == (True, False)
    assert not list((tmp_path / "rejected").rglob("*.parquet"))


def test_a_table_that_begins_to_say_no_keeps_what_is_held(tmp_path: Path) -> None:
    put(tmp_path, "mail,status\nana@mail.example.com,x\n")
    known(tmp_path, says_no=False)

    assert len(refused(known(tmp_path))) == 1


def test_a_loaded_file_that_is_left_out_is_known_row_by_row(tmp_path: Path) -> None:
    put(tmp_path, f"{GOOD}cy@mail.example.com\n")
    load_arrivals(tmp_path, [contract()], [])
    connection = duckdb.connect()
    night = date(2026, 4, 5)
    write_raw_views(connection, tmp_path, [contract()], night)
    (file_id,) = connection.execute(
        "select file_id from raw_nightpost.arrivals"
    ).fetchall()[0]

    write_raw_views(connection, tmp_path, [contract()], night, without={file_id})

    assert [row[::2] for row in refused(connection)] == [
        (1, True),
        (2, True),
        (3, True),
    ]
    assert flags(connection) == (True, False)


@pytest.mark.parametrize("says_no", [True, False])
def test_an_earlier_generation_is_shown_as_replaced(
    tmp_path: Path, says_no: bool
) -> None:
    put(tmp_path, GOOD)
    known(tmp_path, says_no=says_no)
    put(tmp_path, f"{HEADER}ben@mail.example.com,granted\n")

    rows = known(tmp_path, says_no=says_no).execute(
        "select email, _is_replaced from raw_consent.ledger order by all"
    )

    replaced = [("ana@mail.example.com", True), ("ben@mail.example.com", True)]
    assert rows.fetchall() == [
        *(replaced[:1] if says_no else []),
        ("ben@mail.example.com", False),
        *(replaced[1:] if says_no else []),
    ]


def test_a_file_of_events_that_comes_again_without_some_is_told(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    load_arrivals(tmp_path, [contract()], [])
    put(
        tmp_path, f"{HEADER}ben@mail.example.com,granted\ncy@mail.example.com,granted\n"
    )

    (warning,) = load_arrivals(tmp_path, [contract()], []).warnings

    assert "delivered again without 1 of the 2 rows that it had" in warning
    assert "ana" not in warning
    put(
        tmp_path,
        f"{HEADER}cy@mail.example.com,granted\nben@mail.example.com,granted\nd,x\n",
    )
    assert load_arrivals(tmp_path, [contract()], []).warnings == ()


def test_what_is_refused_is_an_input_of_the_night(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    digests = [refused_digest(known(tmp_path))]
    for body in (HELD["no_header"], HELD["another_dialect"], UNKNOWN["no_text"]):
        put(tmp_path, body, "2026-04-05-b.csv")
        digests.append(refused_digest(known(tmp_path)))

    assert digests[0] == ""
    assert len(set(digests)) == 4
