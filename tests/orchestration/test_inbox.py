"""What lies in the inbox is named right, inside it, and a regular file; or not read."""

import hashlib
import os
import socket
from datetime import date
from pathlib import Path

import pytest

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.inbox import Arrivals, LandError, find_arrivals, land

DAY = date(2026, 3, 29)
ORDERS = Contract("shop", "orders", "versions", ",", '"', "utf-8", 3, ())


def put(home: Path, name: str, body: bytes = b"id\n1\n") -> Path:
    path = home / "inbox" / "shop" / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def find(home: Path) -> Arrivals:
    return find_arrivals(home, [ORDERS])


def land_orders(file: Path, home: Path, source: str = "shop") -> Path:
    return land(
        file,
        source=source,
        table="orders",
        export_date=DAY,
        home=home,
        contracts=[ORDERS],
    )


@pytest.mark.parametrize(
    ("name", "landed"),
    [
        ("orders.csv", "2026-03-29-orders.csv"),
        ("2026-03-29.csv.gz", "2026-03-29.csv.gz"),
        ("2026-03-29-late.jsonl", "2026-03-29-late.jsonl"),
        ("2026-03-28.parquet", "2026-03-29-2026-03-28.parquet"),
        ("Ana\n O'Hara.csv", "2026-03-29-Ana__O_Hara.csv"),
    ],
)
def test_a_landed_file_keeps_its_name_behind_the_date_and_is_found(
    tmp_path: Path, name: str, landed: str
) -> None:
    (tmp_path / name).write_bytes(b"id\n1\n")

    path = land_orders(tmp_path / name, tmp_path / "home")

    assert path.name == landed
    assert path.read_bytes() == b"id\n1\n"
    (arrival,) = find(tmp_path / "home").arrivals
    assert (arrival.path, arrival.export_date) == (path, DAY)


def test_landing_is_private_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(b"id")

    path = land_orders(tmp_path / "orders.csv", tmp_path / "home")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    sidecar = path.with_name(f"{path.name}.sha256")
    assert sorted(path.parent.iterdir()) == [path, sidecar]
    assert sidecar.stat().st_mode & 0o777 == 0o600
    assert sidecar.read_text() == f"{hashlib.sha256(b'id').hexdigest()}  {path.name}\n"


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("orders.xlsx", "shop", "Only .csv"),
        ("orders.parquet.gz", "shop", "Only .csv"),
        ("orders.csv", "shp", "No contract for shp/orders. Known are: shop/orders"),
    ],
)
def test_what_nobody_could_load_is_refused_at_the_door(
    tmp_path: Path, name: str, source: str, sentence: str
) -> None:
    (tmp_path / name).write_bytes(b"id\n")

    with pytest.raises(LandError, match=sentence):
        land_orders(tmp_path / name, tmp_path / "home", source)

    assert not (tmp_path / "home").exists()


@pytest.mark.timeout(10)
def test_a_pipe_or_a_missing_file_cannot_land(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(LandError, match="regular file"):
        land_orders(tmp_path / "pipe.csv", tmp_path / "home")
    with pytest.raises(LandError, match="There is no file"):
        land_orders(tmp_path / "missing.csv", tmp_path / "home")

    assert find(tmp_path / "home").arrivals == ()


def test_arrivals_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("2026-03-29.csv", "2026-03-28.jsonl.gz", "2026-03-29-b.parquet"):
        put(tmp_path, name)

    assert [(one.file, one.format, one.is_gzip) for one in find(tmp_path).arrivals] == [
        ("2026-03-28.jsonl.gz", "jsonl", True),
        ("2026-03-29-b.parquet", "parquet", False),
        ("2026-03-29.csv", "csv", False),
    ]


@pytest.mark.parametrize(
    "name", [".2026-03-29.csv", "2026-03-29.csv.part", "2026-03-29.csv.tmp"]
)
def test_unfinished_files_are_passed_over_without_a_word(
    tmp_path: Path, name: str
) -> None:
    put(tmp_path, name)

    assert find(tmp_path) == Arrivals((), ())


@pytest.mark.parametrize(
    "name",
    ["orders.csv", "2026-02-30.csv", "2026-03-291.csv", "2026-03-29.xlsx", "29.csv"],
)
def test_a_name_without_a_date_or_a_format_is_reported(
    tmp_path: Path, name: str
) -> None:
    put(tmp_path, name)

    found = find(tmp_path)

    assert found.arrivals == ()
    assert f"shop/orders/{name}: the name must be" in found.unknown[0].reason


def test_a_file_outside_every_contract_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv")
    (tmp_path / "inbox" / "stray.csv").write_bytes(b"")
    (tmp_path / "inbox" / "shop" / "2026-03-29.csv").write_bytes(b"")

    found = find(tmp_path)

    assert len(found.arrivals) == 1
    assert [one.file for one in found.unknown] == ["shop/2026-03-29.csv", "stray.csv"]


def test_a_name_that_holds_an_address_is_not_repeated(tmp_path: Path) -> None:
    put(tmp_path, "ana@example.com.csv")

    (unknown,) = find(tmp_path).unknown

    assert "ana" not in unknown.reason


@pytest.mark.timeout(10)
def test_pipes_sockets_folders_and_links_that_lead_out_are_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    folder = put(home, "2026-03-01.csv").parent
    (tmp_path / "secret.csv").write_bytes(b"id\n")
    os.mkfifo(folder / "2026-03-02.csv")
    (folder / "2026-03-03.csv").mkdir()
    (folder / "2026-03-04.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "2026-03-05.csv").symlink_to(folder / "nowhere")
    (folder / "2026-03-06.csv").symlink_to(folder / "2026-03-01.csv")
    monkeypatch.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("2026-03-07.csv")
        found = find(home)

    assert [one.file[8:10] for one in found.arrivals] == ["01", "06"]
    assert len(found.unknown) == 5


@pytest.mark.timeout(10)
def test_links_in_a_circle_and_folders_that_lead_out_end_nowhere(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    folder = put(home, "2026-03-01.csv").parent
    put(tmp_path / "other", "2026-03-02.csv")
    (folder / "2026-03-03.csv").symlink_to(folder / "2026-03-04.csv")
    (folder / "2026-03-04.csv").symlink_to(folder / "2026-03-03.csv")
    (home / "inbox" / "shop" / "circle").symlink_to(home / "inbox")
    elsewhere = Contract("away", "orders", "versions", ",", '"', "utf-8", 3, ())
    (home / "inbox" / "away").symlink_to(tmp_path / "other" / "inbox" / "shop")

    found = find_arrivals(home, [ORDERS, elsewhere])

    assert [one.file for one in found.arrivals] == ["2026-03-01.csv"]
    assert [one.file for one in found.unknown] == [
        "away/orders/2026-03-02.csv",
        "shop/circle/away",
        "shop/circle/shop",
        "shop/orders/2026-03-03.csv",
        "shop/orders/2026-03-04.csv",
    ]


def test_an_inbox_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    assert find(tmp_path) == Arrivals((), ())


@pytest.mark.parametrize("strange", [b"\xff", b"\xc3\xa9", b"\n", b"'", b'"', b"$"])
@pytest.mark.parametrize("place", ["2026-04-05%s.csv", "2026-04-05-a%s.csv", "%s.csv"])
def test_a_name_that_is_no_plain_text_is_reported_and_stops_no_other(
    tmp_path: Path, strange: bytes, place: str
) -> None:
    put(tmp_path, "2026-04-05.csv")
    put(tmp_path, os.fsdecode(place.encode().replace(b"%s", strange)))

    found = find(tmp_path)

    assert [arrival.file for arrival in found.arrivals] == ["2026-04-05.csv"]
    (unknown,) = found.unknown
    assert "shop/orders/…" in unknown.reason and unknown.reason.isprintable()
