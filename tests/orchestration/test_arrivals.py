"""A file is taken when it is whole, once, and replaces what its contract says."""

import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals.acceptances import accept_file
from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.inbox import land
from orchestration.arrivals.ledger import current, known_at, read_ledger
from orchestration.arrivals.loads import LoadReport, load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.arrivals.sidecars import still_changing

BODY = b"id,name\n1,Ana\n2,Bea\n"


def contract(**promises: object) -> Contract:
    columns = (Column("id", True, "text"), Column("name", False, "text"))
    shop = Contract("shop", "orders", "append", ",", '"', "utf-8", 3, columns)
    return Contract(**{**shop.__dict__, **promises})


def put(home: Path, name: str, body: bytes = BODY) -> Path:
    path = home / "inbox" / "shop" / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def load(home: Path, published: Sequence[date] = (), **promises: object) -> LoadReport:
    return load_arrivals(home, [contract(**promises)], published)


def visible(home: Path, night: date = date.max) -> list[str]:
    lines = read_ledger(home, "shop", "orders")
    return sorted(line.file for line in known_at(lines, night))


def test_a_file_and_its_sidecars_that_agree_are_taken(tmp_path: Path) -> None:
    path = put(tmp_path, "2026-03-29.csv")
    Path(f"{path}.sha256").write_text(f"{hashlib.sha256(BODY).hexdigest()} *x.csv\n")
    Path(f"{path}.rows").write_text("2\n")
    Path(f"{path}.done").touch()

    report = load(tmp_path)

    assert [line.file for line in report.loaded] == ["2026-03-29.csv"]
    assert (report.held, report.unknown) == ((), ())


@pytest.mark.parametrize(
    ("suffix", "says", "told"),
    [
        (".sha256", "0" * 64, "not what its .sha256 sidecar says"),
        (".sha256", "soon", "holds no sha256 in hex"),
        (".rows", "3", "promises 3 rows, it has 2"),
        (".rows", "two", "holds no whole number"),
        (".rows", "-1", "holds no whole number"),
    ],
)
def test_a_file_that_is_not_what_its_sidecar_says_is_held(
    tmp_path: Path, suffix: str, says: str, told: str
) -> None:
    path = put(tmp_path, "2026-03-29.csv")
    Path(f"{path}{suffix}").write_text(says)

    report = load(tmp_path)

    assert report.loaded == ()
    assert told in report.held[0].reason
    assert not list(tmp_path.glob("raw/shop/**/*.parquet"))


def test_a_rows_sidecar_counts_the_rejected_ones_too(tmp_path: Path) -> None:
    path = put(tmp_path, "2026-03-29.csv", BODY + b"3\n")
    Path(f"{path}.rows").write_text("3")

    (line,) = load(tmp_path).loaded

    assert (line.rows_loaded, line.rows_rejected) == (2, 1)


@pytest.mark.parametrize("kind", ["done", "rows", "sha256"])
def test_a_file_waits_for_the_sidecar_that_its_contract_asks_for(
    tmp_path: Path, kind: str
) -> None:
    path = put(tmp_path, "2026-03-29.csv")

    (held,) = load(tmp_path, sidecar=kind).held
    says = {"done": "", "rows": "2", "sha256": hashlib.sha256(BODY).hexdigest()}
    Path(f"{path}.{kind}").write_text(says[kind])

    assert f"its .{kind} sidecar" in held.reason
    assert len(load(tmp_path, sidecar=kind).loaded) == 1


def test_a_sidecar_whose_file_never_came_is_told(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv.done", b"")

    (unknown,) = load(tmp_path).unknown

    assert unknown.file == "shop/orders/2026-03-29.csv.done"
    assert "has not come" in unknown.reason


@pytest.mark.timeout(10)
def test_a_pipe_or_a_circle_in_place_of_a_sidecar_blocks_nothing(
    tmp_path: Path,
) -> None:
    path = put(tmp_path, "2026-03-29.csv")
    os.mkfifo(f"{path}.sha256")
    Path(f"{path}.rows").symlink_to(f"{path}.rows")

    report = load(tmp_path)

    assert len(report.loaded) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_held_and_stops_no_other(
    tmp_path: Path,
) -> None:
    put(tmp_path, "2026-03-29.csv").chmod(0)
    put(tmp_path, "2026-03-30.csv", BODY + b"3,Cid\n")

    report = load(tmp_path)

    assert [line.file for line in report.loaded] == ["2026-03-30.csv"]
    assert "could not be read" in report.held[0].reason


def clockwork(path: Path, grows: bool) -> tuple[list[float], Callable[[float], None]]:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if grows:
            path.write_bytes(BODY * 2)

    return slept, sleep


@pytest.mark.parametrize(
    ("age", "grows", "waited", "changes"),
    [
        (100.0, True, [], False),
        (10.0, True, [], False),
        (4.0, False, [6.0], False),
        (4.0, True, [6.0], True),
        (-50.0, False, [10.0], False),
    ],
    ids=["old", "just old enough", "young", "growing", "from the future"],
)
def test_a_young_file_is_watched_until_it_is_old_enough(
    tmp_path: Path, age: float, grows: bool, waited: list[float], changes: bool
) -> None:
    path = put(tmp_path, "2026-03-29.csv")
    os.utime(path, times=(1_000.0, 1_000.0))
    slept, sleep = clockwork(path, grows)

    found = still_changing([path], 10.0, now=lambda: 1_000.0 + age, sleep=sleep)

    assert slept == waited
    assert found == ({path} if changes else frozenset())


def test_a_file_that_is_being_written_is_held_and_taken_when_it_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "2026-03-29.csv")
    _, sleep = clockwork(path, grows=True)
    monkeypatch.setattr(
        "orchestration.arrivals.loads.still_changing",
        lambda files, seconds: still_changing(files, seconds, sleep=sleep),
    )

    (held,) = load_arrivals(tmp_path, [contract()], [], settle_seconds=60).held
    monkeypatch.undo()

    assert "still being written" in held.reason
    assert len(load(tmp_path).loaded) == 1


def test_what_was_landed_or_is_known_is_never_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[Path]] = []
    monkeypatch.setattr(
        "orchestration.arrivals.loads.still_changing",
        lambda files, seconds: asked.append(list(files)) or frozenset(),
    )
    (tmp_path / "x.csv").write_bytes(BODY)
    where = {"source": "shop", "table": "orders", "home": tmp_path}
    land(
        tmp_path / "x.csv",
        export_date=date(2026, 3, 28),
        contracts=[contract()],
        **where,
    )
    direct = put(tmp_path, "2026-03-29.csv", BODY + b"3,Cy\n")
    load(tmp_path)
    load(tmp_path)

    assert asked == [[direct], []]


def test_a_new_file_of_a_date_joins_it(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29-a.csv")
    load(tmp_path)
    put(tmp_path, "2026-03-29-b.csv", b"id,name\n3,Cy\n")
    load(tmp_path)

    assert visible(tmp_path) == ["2026-03-29-a.csv", "2026-03-29-b.csv"]


def test_a_new_generation_replaces_its_date_as_a_whole(tmp_path: Path) -> None:
    for name in ("2026-03-28.csv", "2026-03-29-a.csv", "2026-03-29-b.csv"):
        put(tmp_path, name, b"id,name\n1," + name.encode() + b"\n")
    load(tmp_path, generation="replaces")
    put(tmp_path, "2026-03-29-c.csv", b"id,name\n3,Cy\n")

    report = load(tmp_path, generation="replaces")

    assert visible(tmp_path) == ["2026-03-28.csv", "2026-03-29-c.csv"]
    assert [line.file for line in report.replaced] == [
        "2026-03-29-a.csv",
        "2026-03-29-b.csv",
    ]
    assert load(tmp_path, generation="replaces").loaded == ()
    assert visible(tmp_path) == ["2026-03-28.csv", "2026-03-29-c.csv"]


def test_parts_that_arrive_together_are_one_generation(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"id,name\n0,Old\n")
    load(tmp_path, generation="replaces")
    put(tmp_path, "2026-03-29-1.csv", b"id,name\n1,Ana\n")
    put(tmp_path, "2026-03-29-2.csv", b"id,name\n2,Bea\n")

    load(tmp_path, generation="replaces")

    assert visible(tmp_path) == ["2026-03-29-1.csv", "2026-03-29-2.csv"]


def test_nights_that_knew_a_generation_keep_it(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29-a.csv")
    load(tmp_path, generation="replaces")
    put(tmp_path, "2026-03-29-b.csv", b"id,name\n3,Cy\n")

    load(tmp_path, [date(2026, 3, 29)], generation="replaces")

    assert visible(tmp_path, date(2026, 3, 29)) == ["2026-03-29-a.csv"]
    assert visible(tmp_path, date(2026, 3, 30)) == ["2026-03-29-b.csv"]


def test_what_a_generation_replaced_may_come_back(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29-a.csv")
    load(tmp_path, generation="replaces")
    put(tmp_path, "2026-03-29-b.csv", b"id,name\n3,Cy\n")
    load(tmp_path, generation="replaces")
    put(tmp_path, "2026-03-29-c.csv")

    load(tmp_path, generation="replaces")

    assert visible(tmp_path) == ["2026-03-29-c.csv"]


def test_a_held_file_stands_in_the_ledger_once_with_its_reason(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", b"name\nAna\n")
    load(tmp_path)
    load(tmp_path)

    (line,) = read_ledger(tmp_path, "shop", "orders")

    assert not line.is_loaded
    assert "required column `id` is missing" in line.reason
    assert line.content_sha256 == hashlib.sha256(b"name\nAna\n").hexdigest()
    assert current([line]) == ()


def test_a_header_that_is_an_alias_comes_under_its_promised_name(
    tmp_path: Path,
) -> None:
    columns = (
        Column("id", True, "text", ("Nr", "No")),
        Column("name", False, "text", ("Name",)),
    )
    put(tmp_path, "2026-03-28.csv", b"No,Nr,Name\nx,1,Ana\n")
    put(tmp_path, "2026-03-29.jsonl", b'{"id": "2", "Nr": "y", "Name": "Bea"}\n')

    report = load(tmp_path, columns=columns)

    assert {line.file: line.columns for line in report.loaded} == {
        "2026-03-28.csv": ("No", "id", "name"),
        "2026-03-29.jsonl": ("id", "Nr", "name"),
    }


def test_a_file_unlike_those_before_it_is_held_until_somebody_accepts_it(
    tmp_path: Path,
) -> None:
    for day in range(1, 7):
        rows = "".join(f"{day}{row},Ana\n" for row in range(100))
        put(tmp_path, f"2026-03-0{day}.csv", f"id,name\n{rows}".encode())
    put(tmp_path, "2026-03-07.csv", b"id,name\n71,Ana\n")

    report = load(tmp_path, max_change=0.5)
    (held,) = report.held
    accept_file(
        tmp_path, [contract()], "shop/orders/2026-03-07.csv", "closed that day", []
    )

    assert len(report.loaded) == 6
    assert "99% fewer than usual" in held.reason
    assert [line.file for line in load(tmp_path, max_change=0.5).loaded] == [
        "2026-03-07.csv"
    ]


def test_a_column_that_came_empty_holds_its_file(tmp_path: Path) -> None:
    for day in range(1, 5):
        name = "" if day == 4 else "Ana"
        rows = "".join(f"{day}{row},{name}\n" for row in range(60))
        put(tmp_path, f"2026-03-0{day}.csv", f"id,name\n{rows}".encode())

    (held,) = load(tmp_path).held

    assert held.file == "2026-03-04.csv"
    assert "column `name` is empty in 100% of its rows" in held.reason


def test_a_new_column_is_kept_and_told_once(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-01.csv", BODY)
    for day in (2, 3):
        put(tmp_path, f"2026-03-0{day}.csv", f"id,name,extra\n{day},Ana,x\n".encode())

    (warning,) = load(tmp_path).warnings

    assert warning.startswith("shop/orders/2026-03-02.csv: column `extra` is new")


def test_a_day_that_repeats_another_has_been_delivered(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-28.csv")
    put(tmp_path, "2026-03-29.csv")

    first, again = load(tmp_path), load(tmp_path)
    with duckdb.connect() as connection:
        write_raw_views(connection, tmp_path, [contract()], date(2026, 3, 29))
        rows = connection.execute("select count(*) from raw_shop.orders").fetchone()
        newest = connection.execute(
            "select newest_export_date from raw_nightpost.sources"
        ).fetchone()

    assert [line.file for line in first.loaded] == ["2026-03-28.csv"]
    assert [one.file for one in first.repeated] == ["2026-03-29.csv"]
    assert len(again.repeated) == 2
    assert len(read_ledger(tmp_path, "shop", "orders")) == 2
    assert (rows, newest) == ((2,), (date(2026, 3, 29),))
