"""Every loaded row is staged or unreadable with a reason; a broken file is held back."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.arrivals.acceptances import accept_file
from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.inbox import find_arrivals
from orchestration.arrivals.integrity import StoredFiles
from orchestration.arrivals.ledger import read_ledger
from orchestration.arrivals.loads import load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.arrivals.reject_reports import (
    export_rejects,
    read_rejects,
    show_rejects,
)
from orchestration.arrivals.row_counts import (
    Quarantine,
    RowsDoNotAddUpError,
    count_rows,
    rejecting_models,
    rejects_path,
    write_counts,
)
from orchestration.home.files import OwnFolderError

NIGHT = date(2026, 3, 31)
ORDERS = Contract(
    "shop",
    "orders",
    "append",
    ",",
    '"',
    "utf-8",
    3,
    (Column("id", True, "text"), Column("price", True, "decimal")),
)
MODELS = {("shop", "orders"): "staging.rejected"}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as database:
        yield database


def put(home: Path, name: str, prices: list[str]) -> None:
    path = home / "inbox" / "shop" / "orders" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{name}-{row},{price}\n" for row, price in enumerate(prices))
    path.write_text(f"id,price\n{rows}")


def stage(connection: Any, home: Path, rule: str = "price") -> Quarantine:
    """Load the inbox, make the view that lists unreadable rows, and count."""
    load_arrivals(home, [ORDERS], [])
    write_raw_views(connection, home, [ORDERS], NIGHT)
    connection.execute(
        "create schema if not exists staging; create or replace view staging.rejected as "
        "select _file_id as file_id, _row_number as row_number, "
        "'price is not a readable decimal' as rejection_reason from raw_shop.orders "
        f"where try_cast({rule} as decimal(18, 2)) is null"
    )
    return count_rows(connection, home, [ORDERS], MODELS, NIGHT)


def test_every_row_is_accounted_for(connection: Any, tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", ["1", "2", "x", "4,too many"] + ["5"] * 30)

    (count,) = stage(connection, tmp_path).counts

    assert count.rows_in == count.rows_loaded + count.rows_rejected == 34
    assert count.rows_loaded == count.rows_staged + count.rows_unreadable == 33
    assert (count.rows_rejected, count.rows_unreadable) == (1, 1)


def test_counts_are_written_for_the_manifest(connection: Any, tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", ["1", "2"])

    write_counts(connection, stage(connection, tmp_path).counts)

    assert connection.execute("from raw_nightpost.row_counts").fetchall() == [
        ("shop", "orders", 2, 2, 0, 2, 0)
    ]


def test_a_file_with_too_many_unreadable_rows_is_held(
    connection: Any, tmp_path: Path
) -> None:
    put(tmp_path, "2026-03-29.csv", ["1"] * 30)
    put(tmp_path, "2026-03-30.csv", ["1"] * 20 + ["x"] * 10)

    (held,) = stage(connection, tmp_path).held

    assert held.line.file == "2026-03-30.csv"
    assert "10 of its 30 rows cannot be read (33.3%)" in held.reason
    assert "nightpost rejects shop/orders" in held.reason


def test_a_held_file_is_not_in_the_views(connection: Any, tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", ["1"] * 30)
    put(tmp_path, "2026-03-30.csv", ["x"] * 30)
    (held,) = stage(connection, tmp_path).held

    write_raw_views(connection, tmp_path, [ORDERS], NIGHT, without={held.line.file_id})

    days = connection.execute("select distinct _export_date from raw_shop.orders")
    assert days.fetchall() == [(date(2026, 3, 29),)]


def test_who_accepts_a_file_has_its_readable_rows(
    connection: Any, tmp_path: Path
) -> None:
    put(tmp_path, "2026-03-30.csv", ["1"] * 20 + ["x"] * 10)
    assert stage(connection, tmp_path).held
    accept_file(tmp_path, [ORDERS], "shop/orders/2026-03-30.csv", "samples", [])

    assert stage(connection, tmp_path).held == ()


def test_a_corrected_file_replaces_the_held_one_and_its_rejects(
    connection: Any, tmp_path: Path
) -> None:
    put(tmp_path, "2026-03-30.csv", ["x"] * 30)
    assert stage(connection, tmp_path).held
    put(tmp_path, "2026-03-30.csv", ["1"] * 30)

    assert stage(connection, tmp_path).held == ()
    assert read_rejects(tmp_path, [ORDERS]).counts == ()


def test_a_file_is_counted_once_and_again_under_another_rule(
    connection: Any, tmp_path: Path
) -> None:
    put(tmp_path, "2026-03-29.csv", ["1"] * 30 + ["x"])
    stage(connection, tmp_path)
    connection.execute("drop view staging.rejected")
    write_raw_views(connection, tmp_path, [ORDERS], NIGHT)

    (looser,) = stage(connection, tmp_path, rule="replace(price, 'x', '0')").counts

    assert looser.rows_unreadable == 0


def test_counts_that_are_damaged_are_counted_again(
    connection: Any, tmp_path: Path
) -> None:
    put(tmp_path, "2026-03-29.csv", ["1"] * 30 + ["x"])
    stage(connection, tmp_path)
    (tmp_path / "raw" / "_counts" / "shop.orders.json").write_text("{")

    (count,) = stage(connection, tmp_path).counts

    assert count.rows_unreadable == 1


def test_a_raw_file_of_which_rows_are_not_read_stops_the_night(
    connection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "2026-03-29.csv", ["1", "2"])
    load_arrivals(tmp_path, [ORDERS], [])
    (line,) = read_ledger(tmp_path, "shop", "orders")
    raw = tmp_path / line.parquet
    connection.execute(
        f"copy (select * from read_parquet('{raw}', hive_partitioning = false) limit 1) "
        f"to '{raw}.half' (format parquet)"
    )
    Path(f"{raw}.half").replace(raw)
    # the rows are counted, whatever is known of the file's bytes
    monkeypatch.setattr(StoredFiles, "damaged", lambda *_: {})

    with pytest.raises(RowsDoNotAddUpError, match="2 rows were loaded"):
        stage(connection, tmp_path)


def test_rejects_are_shown_by_reason_and_exported_with_their_text(
    connection: Any, tmp_path: Path
) -> None:
    put(tmp_path, "2026-03-29.csv", ["1"] * 30 + ["x", "4,too many"])
    stage(connection, tmp_path)
    put(tmp_path, "2026-03-30.csv", [])
    (tmp_path / "inbox" / "shop" / "orders" / "2026-03-30.csv").write_text("price\n1\n")
    load_arrivals(tmp_path, [ORDERS], [])

    report = read_rejects(tmp_path, [ORDERS])
    target = tmp_path / "rejects.csv"

    assert [(one.stage, one.rows, one.reason) for one in report.counts] == [
        ("load", 1, "too many columns"),
        ("staging", 1, "price is not a readable decimal"),
    ]
    assert [line.file for line in report.held] == ["2026-03-30.csv"]
    shown = show_rejects(report)
    assert "required column `id` is missing" in shown
    assert "too many columns" in shown
    assert export_rejects(tmp_path, [ORDERS], target) == 2
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.read_text().splitlines() == [
        "source,table_name,file,row_number,stage,reason,raw_text",
        'shop,orders,2026-03-29.csv,32,load,too many columns,"2026-03-29.csv-31,4,too many"',
        "shop,orders,2026-03-29.csv,31,staging,price is not a readable decimal,"
        '"2026-03-29.csv-30,x"',
    ]
    assert len(find_arrivals(tmp_path, [ORDERS]).arrivals) == 2


def test_nothing_rejected_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert "Nothing was rejected" in show_rejects(read_rejects(tmp_path, [ORDERS]))


def test_rejected_rows_lie_beside_the_raw_file(connection: Any, tmp_path: Path) -> None:
    put(tmp_path, "2026-03-29.csv", ["1"] * 30 + ["x"])
    stage(connection, tmp_path)
    (line,) = read_ledger(tmp_path, "shop", "orders")

    path = rejects_path(tmp_path, line, ".staging.parquet")

    assert path.parent == tmp_path / "rejected/shop/orders/export_date=2026-03-29"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_model_that_rejects_is_found_by_the_source_that_it_reads() -> None:
    nodes = {
        "a": {
            "resource_type": "model",
            "name": "stg_shop__order_lines__rejected",
            "schema": "staging",
            "sources": [["shop", "orders"]],
        },
        "b": {
            "resource_type": "model",
            "name": "stg_shop__orders",
            "schema": "staging",
            "sources": [["shop", "orders"]],
        },
    }

    assert rejecting_models(nodes) == {
        ("shop", "orders"): "staging.stg_shop__order_lines__rejected"
    }


@pytest.mark.parametrize(
    "place", ["outbox/CURRENT", "raw/mine.csv", "new/folder.csv", "link.csv", "kept"]
)
def test_rejects_are_never_written_over_what_the_home_keeps(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "home" / "outbox").mkdir(parents=True)
    (tmp_path / "home" / "kept").write_text("kept")
    (tmp_path / "home" / "outbox" / "CURRENT").write_text("kept")
    (tmp_path / "home" / "link.csv").symlink_to("outbox/CURRENT")
    (tmp_path / "link.csv").symlink_to("home/outbox/CURRENT")

    for target in (tmp_path / "home" / place, tmp_path / "link.csv"):
        with pytest.raises(OwnFolderError, match="nothing was written"):
            export_rejects(tmp_path / "home", [ORDERS], target)

    assert (tmp_path / "home" / "outbox" / "CURRENT").read_text() == "kept"
    assert export_rejects(tmp_path / "home", [ORDERS], tmp_path / "rejects.csv") == 0
