"""A bit that a disk flips in the raw zone is found, told, and mended from the inbox."""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.integrity import StoredFiles, find_damaged
from orchestration.arrivals.ledger import (
    LEDGER_FOLDER,
    LedgerLine,
    append_lines,
    read_ledger,
)
from orchestration.arrivals.loads import LoadReport, load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.arrivals.row_counts import count_rows
from orchestration.jobs.weekly import NightIsNotTheSameError, report
from orchestration.verify import Verification

NIGHT = date(2026, 4, 5)
FILE = "2026-04-05.csv"
TABLES = [("shop", "orders")]
ROWS = [(f"k{n}", f"p{n}@mail.example.com") for n in range(40)]
BODY = "id,email\n" + "".join(f"{key},{email}\n" for key, email in ROWS)


def contract(**promises: Any) -> Contract:
    columns = (Column("id", True, "text"), Column("email", False, "text"))
    shop = Contract("shop", "orders", "append", ",", '"', "utf-8", 3, columns)
    return Contract(**{**shop.__dict__, "max_reject_share": 1.0, **promises})


def put(home: Path, body: str = BODY, file: str = FILE) -> Path:
    path = home / "inbox" / "shop" / "orders" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)
    return path


def load(home: Path, **promises: Any) -> LoadReport:
    return load_arrivals(home, [contract(**promises)], [])


def shown(home: Path, **promises: Any) -> Any:
    connection = duckdb.connect()
    write_raw_views(connection, home, [contract(**promises)], NIGHT)
    return connection


def damages(home: Path, **promises: Any) -> list[str]:
    """Return what a night says that it cannot read."""
    load(home, **promises)
    found = write_raw_views(duckdb.connect(), home, [contract(**promises)], NIGHT)
    return [one.sentence for one in found]


def rows(home: Path) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = (
        shown(home)
        .execute("select id, email from raw_shop.orders order by _row_number")
        .fetchall()
    )
    return found


def loaded(home: Path, body: str = BODY, **promises: Any) -> LedgerLine:
    """Load a file, let a night see it, and take it out of the inbox."""
    path = put(home, body)
    (line,) = load(home, **promises).loaded
    shown(home, **promises)
    path.unlink()
    return line


def flips(path: Path, count: int) -> Iterator[None]:
    """Flip one bit of ``path`` after the other, anywhere; its times are kept."""
    whole, times = path.read_bytes(), path.stat()
    draw = random.Random(count)
    places = [0, 4, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(count))]
    for place in places:
        body = bytearray(whole)
        body[place] ^= 1 << draw.randrange(8)
        path.write_bytes(body)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        yield
    path.write_bytes(whole)


def without_hashes(home: Path) -> None:
    """Leave of the ledger what earlier versions wrote."""
    lines = read_ledger(home, "shop", "orders")
    folder = home / LEDGER_FOLDER / "shop.orders"
    for batch in folder.iterdir():
        batch.unlink()
    append_lines(home, [replace(line, parquet_sha256="") for line in lines])
    for batch in folder.iterdir():
        body = json.loads(batch.read_text())
        assert body["parquet_sha256"] == "" and body["rows_fingerprint"] > 0


def test_every_flipped_bit_is_found_and_nothing_is_read(tmp_path: Path) -> None:
    line = loaded(tmp_path)
    for _ in flips(tmp_path / line.parquet, 400):
        assert StoredFiles(tmp_path).damaged([line]) == {line.parquet: line}
    assert damages(tmp_path) == []

    for _ in flips(tmp_path / line.parquet, 3):
        (sentence,) = damages(tmp_path)
        assert sentence.startswith(f"shop/orders/{FILE}: {line.parquet} is no longer")
        assert f"Land the same {FILE} again" in sentence
        assert rows(tmp_path) == []

    assert damages(tmp_path) == []
    assert rows(tmp_path) == ROWS


def test_a_night_goes_on_without_the_damaged_file(tmp_path: Path) -> None:
    line = loaded(tmp_path)
    put(tmp_path, "id,email\nx,x@mail.example.com\n", "2026-04-04.csv")
    load(tmp_path)

    for _ in flips(tmp_path / line.parquet, 2):
        connection = shown(tmp_path)
        connection.execute(
            "create view rejected as select null as file_id, 1 as row_number where false"
        )
        models = {("shop", "orders"): "main.rejected"}
        (count,) = count_rows(connection, tmp_path, [contract()], models, NIGHT).counts

        assert count.rows_in == 1
        assert rows(tmp_path) == [("x", "x@mail.example.com")]
        assert connection.execute(
            "select has_held_files from raw_nightpost.sources"
        ).fetchall() == [(True,)]


@pytest.mark.parametrize("body", [None, b""])
def test_a_file_that_is_gone_or_emptied_is_found(
    tmp_path: Path, body: bytes | None
) -> None:
    path = tmp_path / loaded(tmp_path).parquet
    path.unlink()
    if body is not None:
        path.write_bytes(body)

    assert len(damages(tmp_path)) == 1
    assert len(find_damaged(tmp_path, TABLES)) == 1
    assert rows(tmp_path) == []


def test_what_earlier_versions_loaded_is_checked_by_its_rows(tmp_path: Path) -> None:
    path = tmp_path / loaded(tmp_path).parquet
    without_hashes(tmp_path)
    assert damages(tmp_path) == []
    (line,) = read_ledger(tmp_path, "shop", "orders")
    found = 0

    for _ in flips(path, 100):
        if StoredFiles(tmp_path).damaged([line]):
            found += 1
        else:  # a bit that says nothing of any row
            read = duckdb.execute("select id, email from read_parquet(?)", [str(path)])
            assert read.fetchall() == ROWS

    assert found > 30


def test_the_file_in_the_inbox_mends_it_and_nights_know_it_as_before(
    tmp_path: Path,
) -> None:
    line = loaded(tmp_path)
    for _ in flips(tmp_path / line.parquet, 1):
        put(tmp_path, file="2026-04-05-again.csv")
        report = load_arrivals(tmp_path, [contract()], [date(2026, 4, 20)])

        (again,) = report.loaded
        (warning,) = report.warnings
        assert report.held == ()
        assert (again.file, again.known_from) == (line.file, line.known_from)
        assert "damaged on disk" in warning
        assert rows(tmp_path) == ROWS
        assert (load(tmp_path).loaded, load(tmp_path).warnings) == ((), ())
        (tmp_path / "inbox/shop/orders/2026-04-05-again.csv").unlink()


def test_a_corrected_file_replaces_one_that_is_damaged(tmp_path: Path) -> None:
    line = loaded(tmp_path)
    next(flips(tmp_path / line.parquet, 1))
    put(tmp_path, "id,email\nx,x@mail.example.com\n")

    assert len(load(tmp_path).loaded) == 1
    assert damages(tmp_path) == []
    assert rows(tmp_path) == [("x", "x@mail.example.com")]
    (sentence,) = find_damaged(tmp_path, TABLES)
    assert "replaced" in sentence


def test_verification_reads_every_file_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = loaded(tmp_path)
    # as where a disk, and no program, flips a bit: nothing says that the file changed
    monkeypatch.setattr("orchestration.arrivals.integrity.signature", lambda path: [1])
    load(tmp_path)

    for _ in flips(tmp_path / line.parquet, 20):
        (sentence,) = find_damaged(tmp_path, TABLES)
        assert line.parquet in sentence and "mail.example.com" not in sentence
        assert StoredFiles(tmp_path).damaged([line]) == {line.parquet: line}

    assert find_damaged(tmp_path, TABLES) == ()
    assert damages(tmp_path) == []


def test_a_verification_tells_what_is_damaged() -> None:
    found = Verification(NIGHT, 0, 0, (), ("raw/x.parquet is damaged.",))

    assert not found.is_good
    assert found.sentence() == "raw/x.parquet is damaged."
    with pytest.raises(NightIsNotTheSameError, match="is damaged"):
        report(print, found)


REFUSED = f"{BODY}one,field,too many\n"
UNREADABLE = f"{BODY}\0\n"


@pytest.mark.parametrize("body", [REFUSED, UNREADABLE], ids=["rejected", "held back"])
def test_what_was_refused_and_may_be_a_no_is_checked_too(
    tmp_path: Path, body: str
) -> None:
    path = put(tmp_path, body)
    load(tmp_path, says_no=True)
    path.unlink()
    (refused,) = (tmp_path / "rejected").rglob("*.parquet")
    query = "select has_unknown_rows from raw_nightpost.sources"
    text = "select count(*) from raw_nightpost.refused_rows"
    before = shown(tmp_path, says_no=True)
    assert before.execute(query).fetchone() == (False,)
    known = before.execute(text).fetchone()

    for _ in flips(refused, 1):
        assert len(damages(tmp_path, says_no=True)) == 1
        night = shown(tmp_path, says_no=True)
        assert night.execute(query).fetchone() == (True,)
        assert night.execute(text).fetchone() == (0,)
    next(flips(refused, 1))

    put(tmp_path, body)
    assert damages(tmp_path, says_no=True) == []
    night = shown(tmp_path, says_no=True)
    assert night.execute(query).fetchone() == (False,)
    assert night.execute(text).fetchone() == known
