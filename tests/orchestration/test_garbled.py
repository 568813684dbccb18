"""UTF-8 that was read as another encoding before it came is said, in every format."""

import gzip
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.garbled import MOJIBAKE
from orchestration.arrivals.loads import load_arrivals
from tests.conftest import PROJECT

NAMES = ["Zoë", "Jürgen", "Łukasz", "Ángel", "Çelik", "Ana", "Ørsted", "Иван", "“Ben”"]
Row = dict[str, str]


def contract() -> Contract:
    columns = (Column("id", True, "text"), Column("name", False, "text"))
    return Contract("shop", "orders", "append", ",", '"', "utf-8", 3, columns)


def read_twice(text: str, encoding: str) -> str:
    """Return what becomes of ``text`` in a program that takes UTF-8 for ``encoding``."""
    return "".join(
        bytes([one]).decode(encoding, "replace") for one in text.encode()
    ).replace("\ufffd", "")


def as_csv(rows: list[Row]) -> bytes:
    return ("id,name\n" + "".join(f"{r['id']},{r['name']}\n" for r in rows)).encode()


def as_jsonl(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_parquet(rows: list[Row]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


FORMATS: dict[str, Any] = {
    "csv": as_csv,
    "csv.gz": lambda rows: gzip.compress(as_csv(rows), mtime=0),
    "jsonl": as_jsonl,
    "parquet": as_parquet,
}


def warnings(home: Path, names: list[str], suffix: str = "csv") -> list[str]:
    folder = home / "inbox" / "shop" / "orders"
    folder.mkdir(parents=True)
    rows = [{"id": f"k{n}", "name": name} for n, name in enumerate(names)]
    (folder / f"{date(2026, 4, 5)}.{suffix}").write_bytes(FORMATS[suffix](rows))
    report = load_arrivals(home, [contract()], [])
    assert [line.rows_loaded for line in report.loaded] == [len(names)]
    return list(report.warnings)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_garbled_file_is_said(tmp_path: Path, suffix: str, encoding: str) -> None:
    garbled = [read_twice(name, encoding) for name in NAMES]

    (warning,) = warnings(tmp_path, garbled, suffix)

    assert warning.startswith(f"shop/orders/2026-04-05.{suffix}: ")
    assert " of its 8 values with letters beyond ASCII are garbled" in warning
    assert not any(name in warning for name in garbled if name != garbled[0])


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_written_right_is_not(tmp_path: Path, suffix: str) -> None:
    assert warnings(tmp_path, NAMES, suffix) == []


def test_what_one_person_typed_is_not(tmp_path: Path) -> None:
    assert warnings(tmp_path, [*NAMES * 2, read_twice("Zoë", "cp1252")]) == []


def test_it_is_judged_as_staging_judges_a_name() -> None:
    macro = PROJECT / "macros" / "engine" / "text.sql"

    assert f"'{MOJIBAKE}'" in macro.read_text(encoding="utf-8")
