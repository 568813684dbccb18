"""A night's views show exactly the files that it knows, and prune by export date."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.loads import load_arrivals
from orchestration.arrivals.raw_views import write_raw_views

ORDERS = Contract(
    "shop",
    "orders",
    "append",
    ",",
    '"',
    "utf-8",
    3,
    (Column("id", True, "text"), Column("Full name", False, "text")),
)
CONSENT = Contract("consent", "ledger", "append", ",", '"', "utf-8", 0, ())


def put(home: Path, name: str, body: bytes) -> None:
    path = home / "inbox" / "shop" / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def views(home: Path, day: int, published: int | None = None) -> Any:
    nights = [date(2026, 3, published)] if published else []
    load_arrivals(home, [ORDERS, CONSENT], nights)
    connection = duckdb.connect()
    write_raw_views(connection, home, [ORDERS, CONSENT], date(2026, 3, day))
    return connection


def ids(connection: Any) -> list[str]:
    rows = connection.execute("select id from raw_shop.orders order by id").fetchall()
    return [row[0] for row in rows]


def test_a_table_without_a_file_has_its_promised_columns(tmp_path: Path) -> None:
    described = views(tmp_path, 29).execute("describe raw_shop.orders").fetchall()

    assert [row[:2] for row in described] == [
        ("id", "VARCHAR"),
        ("Full name", "VARCHAR"),
        ("_source_file", "VARCHAR"),
        ("_row_number", "BIGINT"),
        ("_export_date", "DATE"),
        ("_file_id", "VARCHAR"),
        ("_is_replaced", "BOOLEAN"),
    ]


def test_columns_are_joined_by_name_and_missing_ones_are_null(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-28.csv", b"Full name,id\nAna,1\n")
    put(tmp_path, "2026-03-29.csv", b"extra,ID,id2\nx,2,y\n".replace(b"ID", b"id"))

    rows = views(tmp_path, 29).execute(
        'select id, "Full name", extra, _source_file, _row_number, _export_date '
        "from raw_shop.orders order by id"
    )

    assert rows.fetchall() == [
        ("1", "Ana", None, "2026-03-28.csv", 1, date(2026, 3, 28)),
        ("2", None, "x", "2026-03-29.csv", 1, date(2026, 3, 29)),
    ]


def test_a_night_sees_what_it_knew_and_a_later_one_what_came_since(
    tmp_path: Path,
) -> None:
    put(tmp_path, "2026-03-27.csv", b"id\nold\n")
    put(tmp_path, "2026-03-29.csv", b"id\ntomorrow\n")
    assert ids(views(tmp_path, 28)) == ["old"]

    put(tmp_path, "2026-03-27.csv", b"id\nnew\n")
    put(tmp_path, "2026-03-26-late.csv", b"id\nlate\n")
    assert ids(views(tmp_path, 28, published=28)) == ["old"]
    assert ids(views(tmp_path, 29, published=28)) == ["late", "new", "tomorrow"]


def test_content_that_came_under_two_names_at_once_is_shown_once(
    tmp_path: Path,
) -> None:
    put(tmp_path, "2026-03-28.csv", b"id\na\n")
    put(tmp_path, "2026-03-28-b.csv", b"id\na\n")

    assert ids(views(tmp_path, 28)) == ["a"]


@pytest.mark.parametrize(
    "condition",
    ["<= date '2026-03-02'", "<= (select night from clock)", "= '2026-03-02'"],
)
def test_a_condition_on_the_export_date_leaves_files_unread(
    tmp_path: Path, condition: str
) -> None:
    for day in range(1, 29):
        put(tmp_path, f"2026-03-{day:02d}.csv", b"id\n%d\n" % day)
    connection = views(tmp_path, 28)
    connection.execute("create table clock as select date '2026-03-02' as night")

    plan = connection.execute(
        "explain analyze select count(id) from raw_shop.orders "
        f"where _export_date {condition}"
    ).fetchall()[0][1]

    read = [row.split(":")[1] for row in plan.splitlines() if "Total Files Read" in row]
    assert int(read[0].split()[0]) <= 3  # two days and the file without rows


def test_arrivals_and_sources_say_what_the_night_knows(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-27.csv", b"id,n\n1,\n2\n")
    put(tmp_path, "2026-03-28.csv", b"id\n2\n")
    put(tmp_path, "2026-03-29.csv", b"id\n3\n")
    connection = views(tmp_path, 28)

    arrivals = connection.execute(
        "select * exclude (rows_fingerprint, file_id) from raw_nightpost.arrivals order by file"
    ).fetchall()
    assert [row[2:] for row in arrivals] == [
        ("2026-03-27.csv", date(2026, 3, 27), date(2026, 3, 27), 1, 1),
        ("2026-03-28.csv", date(2026, 3, 28), date(2026, 3, 28), 1, 0),
    ]
    sources = connection.execute("from raw_nightpost.sources order by all").fetchall()
    assert sources == [
        ("consent", "ledger", "append", 0, "serve", None, False, False),
        ("shop", "orders", "append", 3, "serve", date(2026, 3, 28), False, False),
    ]


def test_audiences_are_those_of_the_newest_published_night_before(
    tmp_path: Path,
) -> None:
    connection = views(tmp_path, 28)
    assert connection.execute("from raw_nightpost.audiences").fetchall() == []

    for day in (25, 26, 27, 28):
        if day != 27:  # a kill came before the 27th was out
            run = tmp_path / "outbox" / "runs" / f"2026-03-{day}-abc"
            run.mkdir(parents=True)
            (tmp_path / "outbox" / f"2026-03-{day}").symlink_to(f"runs/{run.name}")
        folder = tmp_path / "state" / "audiences" / f"night=2026-03-{day}"
        folder.mkdir(parents=True)
        connection.execute(
            f"copy (select date '2026-03-{day}' as night, 'vip' as segment, "
            f"'p{day}' as profile_id, true as is_exported) to '{folder}/2026-03-{day}-abc.parquet'"
        )
    (tmp_path / "state" / "audiences" / "night=2026-03-27.tmp").mkdir()

    connection = views(tmp_path, 28)
    assert connection.execute("from raw_nightpost.audiences").fetchall() == [
        (date(2026, 3, 26), "vip", "p26", True)
    ]


def test_names_with_quotes_break_nothing(tmp_path: Path) -> None:
    home = tmp_path / 'it\'s "home"'
    put(home, "2026-03-28.csv", b'id,"it\'s ""odd"""\n1,x\n')

    row = views(home, 28).execute('select "it\'s ""odd""" from raw_shop.orders')

    assert row.fetchall() == [("x",)]


def test_a_file_is_known_by_the_id_that_its_rows_carry(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-28.csv", b"id\n1\n")
    put(tmp_path, "2026-03-28-again.csv", b"id\n1\n")
    connection = views(tmp_path, 28)

    carried = connection.execute("select distinct _file_id from raw_shop.orders")
    (file_id,) = carried.fetchone()
    told = connection.execute("select distinct file_id from raw_nightpost.arrivals")

    assert told.fetchall() == [(file_id,)]
    assert file_id.startswith("shop.orders/2026-03-28/")
