"""Hundreds of cut, flipped, drifted and foreign files: none is wrong without a word.

All are made by seeded code. A file may be held, its broken rows rejected, or it is loaded
right. Where nobody can know (a cut at a row's end, a flipped letter, and no sidecar), the
ledger says that nothing proves the file to be whole.
"""

import gzip
import hashlib
import io
import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.ledger import LedgerLine
from orchestration.arrivals.loads import LoadReport, load_arrivals

DAY = date(2000, 1, 1)
COLUMNS = ("id", "email", "note", "amount")
STEP, TAIL = 37, 4_096
Row = tuple[str | None, ...]


def contract(**promises: Any) -> Contract:
    columns = tuple(Column(name, name == "id", "text") for name in COLUMNS)
    shop = Contract("shop", "orders", "append", ",", '"', "utf-8", 3, columns)
    return Contract(**{**shop.__dict__, "max_reject_share": 1.0, **promises})


def table(rows: int = 300) -> list[Row]:
    draw = random.Random(20)
    words = ["plain", "with, comma", 'with "quotes"', "two\nlines", "Zoë", "ж", "12"]
    return [
        (f"k{n}", f"p{draw.randrange(999)}@example.com", draw.choice(words), f"{n}.50")
        for n in range(rows)
    ]


def as_csv(rows: Sequence[Row], quote_all: bool = False) -> bytes:
    lines = [",".join(COLUMNS)]
    for row in rows:
        cells = [
            '"' + cell.replace('"', '""') + '"'
            if quote_all or any(mark in cell for mark in ',"\n')
            else cell
            for cell in map(str, row)
        ]
        lines.append(",".join(cells))
    return ("\n".join(lines) + "\n").encode()


def as_jsonl(rows: Sequence[Row]) -> bytes:
    return b"".join(
        json.dumps(dict(zip(COLUMNS, row, strict=True))).encode() + b"\n"
        for row in rows
    )


def as_parquet(rows: Sequence[Row]) -> bytes:
    sink = io.BytesIO()
    columns = {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}
    pq.write_table(pa.table(columns), sink, compression="none")
    return sink.getvalue()


def zipped(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


WHOLE = {
    "csv": as_csv(table()),
    "quoted.csv": as_csv(table(), quote_all=True),
    "jsonl": as_jsonl(table()),
    "csv.gz": zipped(as_csv(table(3_000))),
    "jsonl.gz": zipped(as_jsonl(table(3_000))),
    "parquet": as_parquet(table()),
}


def cuts(body: bytes) -> list[bytes]:
    """Return ``body`` cut at every 37th byte of its last 4 KB."""
    first = max(1, len(body) - TAIL)
    return [body[:place] for place in range(first, len(body), STEP)]


def flips(body: bytes, count: int, seed: int) -> list[bytes]:
    """Return ``body`` with one bit flipped, ``count`` times."""
    draw = random.Random(seed)
    flipped = []
    for _ in range(count):
        copy = bytearray(body)
        copy[draw.randrange(len(copy))] ^= 1 << draw.randrange(8)
        flipped.append(bytes(copy))
    return flipped


def put_all(home: Path, bodies: Sequence[bytes], suffix: str, truth: bytes) -> None:
    """Put each body under a date of its own, with the sidecar of ``truth`` if any."""
    folder = home / "inbox" / "shop" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(bodies):
        kind = suffix.removeprefix("quoted.")
        path = folder / f"{DAY + timedelta(days=number)}.{kind}"
        path.write_bytes(body)
        if truth:
            digest = hashlib.sha256(truth).hexdigest()
            Path(f"{path}.sha256").write_text(digest)


def read(home: Path, line: LedgerLine) -> list[Row]:
    names = [name for name in COLUMNS if name in line.columns]
    cells = ", ".join(f'"{name}"' if name in names else "null" for name in COLUMNS)
    return duckdb.execute(
        f"select {cells} from read_parquet(?, hive_partitioning = false, "
        "file_row_number = true) order by file_row_number",
        [str(home / line.parquet)],
    ).fetchall()


def unsaid(home: Path, report: LoadReport, truth: Sequence[Row]) -> list[str]:
    """Return the files that hold wrong data and of which nobody said a word."""
    told = []
    for line in report.loaded:
        rows = read(home, line)
        is_right = rows == list(truth)
        is_marked = line.proof == "none" or line.rows_rejected > 0
        only_end_is_missing = rows == list(truth)[: len(rows)]
        warned = any(line.file in warning for warning in report.warnings)
        if not is_right and not (is_marked and (only_end_is_missing or warned)):
            told.append(line.file)
    return told


CUT_KINDS = ["csv", "quoted.csv", "jsonl", "csv.gz", "jsonl.gz", "parquet"]


def test_there_are_more_than_600_cuts() -> None:
    assert sum(len(cuts(WHOLE[kind])) for kind in CUT_KINDS) >= 600


@pytest.mark.parametrize("kind", CUT_KINDS)
def test_with_a_sidecar_every_cut_is_caught(tmp_path: Path, kind: str) -> None:
    bodies = cuts(WHOLE[kind])
    put_all(tmp_path, bodies, kind, WHOLE[kind])

    report = load_arrivals(tmp_path, [contract()], [])

    assert report.loaded == ()
    assert len(report.held) == len(bodies)


@pytest.mark.parametrize("kind", CUT_KINDS)
def test_without_one_no_cut_goes_by_without_a_word(tmp_path: Path, kind: str) -> None:
    bodies = cuts(WHOLE[kind])
    put_all(tmp_path, bodies, kind, b"")

    report = load_arrivals(tmp_path, [contract()], [])

    assert len(report.loaded) + len(report.held) == len(bodies)
    assert unsaid(tmp_path, report, table()) == []
    if kind.endswith((".gz", "parquet")):
        assert report.loaded == ()


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_band_of_rows_catches_a_cut_at_a_rows_end(tmp_path: Path, kind: str) -> None:
    body = WHOLE[kind]
    ends = [place + 1 for place in range(len(body)) if body[place : place + 1] == b"\n"]
    put_all(tmp_path, [body[:end] for end in ends[-40:-1]], kind, b"")

    report = load_arrivals(tmp_path, [contract(rows_at_least=300)], [])

    assert report.loaded == ()


@pytest.mark.parametrize("kind", ["csv", "parquet", "csv.gz"])
def test_with_a_sidecar_every_flipped_bit_is_caught(tmp_path: Path, kind: str) -> None:
    put_all(tmp_path, flips(WHOLE[kind], 50, seed=5), kind, WHOLE[kind])

    assert load_arrivals(tmp_path, [contract()], []).loaded == ()


@pytest.mark.parametrize("kind", ["csv", "parquet", "csv.gz"])
def test_without_one_a_flipped_bit_is_caught_or_not_knowable(
    tmp_path: Path, kind: str
) -> None:
    put_all(tmp_path, flips(WHOLE[kind], 50, seed=5), kind, b"")

    report = load_arrivals(tmp_path, [contract()], [])

    assert len(report.loaded) + len(report.held) == 50
    truth = table(3_000) if kind == "csv.gz" else table()
    for line in report.loaded:
        assert line.proof == "none" or read(tmp_path, line) == truth


def rewritten(header: Sequence[str], order: Sequence[int]) -> bytes:
    lines = [",".join(header)]
    lines += [",".join(str(row[place]) for place in order) for row in plain_rows()]
    return ("\n".join(lines) + "\n").encode()


def plain_rows() -> list[Row]:
    return [(f"k{n}", f"p{n}@example.com", f"note {n}", f"{n}.50") for n in range(60)]


def drifts() -> list[tuple[str, bytes, str]]:
    """Return sixty changed exports: what changed, the file, what must come of it."""
    draw, made = random.Random(60), []
    for _ in range(12):
        order = draw.sample(range(4), 4)
        made.append(
            ("reordered", rewritten([COLUMNS[i] for i in order], order), "same")
        )
    for number in range(12):
        place = draw.randrange(5)
        header, order = list(COLUMNS), list(range(4))
        header.insert(place, f"extra {number}")
        order.insert(place, 0)
        made.append(("added", rewritten(header, order), "told"))
    for number in range(12):
        new = ["ID", "Id ", "order_id", "identifier"][number % 4] + "_" * (number // 4)
        made.append(("renamed", rewritten([new, *COLUMNS[1:]], range(4)), "held"))
    for _ in range(12):
        kept = sorted({1, 2, 3} - {draw.randrange(1, 4)})
        names = [COLUMNS[i] for i in kept]
        made.append(("required is missing", rewritten(names, kept), "held"))
    for number in range(12):
        name = COLUMNS[1 + number % 3]
        header = [*COLUMNS, name if number % 2 else name.upper()]
        made.append(("twice", rewritten(header, [0, 1, 2, 3, 0]), "held"))
    return made


@pytest.mark.parametrize(
    ("number", "body", "expected"),
    [(number, body, expected) for number, (_, body, expected) in enumerate(drifts())],
    ids=[f"{what} {number}" for number, (what, _, _) in enumerate(drifts())],
)
def test_a_drifted_export_is_the_same_told_or_held(
    tmp_path: Path, number: int, body: bytes, expected: str
) -> None:
    usual = rewritten(COLUMNS, range(4))
    put_all(tmp_path, [usual.replace(b"k", b"j")], "csv", b"")
    load_arrivals(tmp_path, [contract()], [])
    path = tmp_path / "inbox" / "shop" / "orders" / "2001-01-01.csv"
    path.write_bytes(body)

    report = load_arrivals(tmp_path, [contract()], [])

    if expected == "held":
        assert report.loaded == ()
        assert "`" in report.held[0].reason
    else:
        (line,) = report.loaded
        assert read(tmp_path, line) == plain_rows()
        assert bool(report.warnings) is (expected == "told")


TEXTS = [("k1", "ä@example.com", "Zoë; naïve", "1,50"), ("k2", "b", "x, 'y'", "2")]
WRITINGS = [
    (encoding, delimiter, quote, end)
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le")
    for delimiter in (",", ";", "\t", "|")
    for quote, end in (('"', "\n"), ("'", "\r\n"))
]


def written(encoding: str, delimiter: str, quote: str, end: str) -> bytes:
    def cell(text: str) -> str:
        return quote + text.replace(quote, quote * 2) + quote

    lines = [delimiter.join(cell(text) for text in row) for row in [COLUMNS, *TEXTS]]
    return (end.join(lines) + end).encode(encoding)


def test_there_are_forty_writings() -> None:
    assert len(WRITINGS) == 40


@pytest.mark.parametrize(
    "writing", WRITINGS, ids=lambda writing: " ".join(writing).encode("unicode_escape")
)
def test_a_writing_is_read_as_its_contract_says(
    tmp_path: Path, writing: tuple[str, str, str, str]
) -> None:
    encoding, delimiter, quote, _ = writing
    put_all(tmp_path, [written(*writing)], "csv", b"")
    promised = "utf-8" if encoding == "utf-8-sig" else encoding

    report = load_arrivals(
        tmp_path,
        [contract(encoding=promised, delimiter=delimiter, quote=quote)],
        [],
    )

    (line,) = report.loaded
    assert read(tmp_path, line) == TEXTS


@pytest.mark.parametrize(
    "writing", WRITINGS, ids=lambda writing: " ".join(writing).encode("unicode_escape")
)
def test_a_writing_that_the_contract_does_not_say_is_never_misread(
    tmp_path: Path, writing: tuple[str, str, str, str]
) -> None:
    wrong = {
        "encoding": "cp1252" if writing[0].startswith("utf-8") else "utf-8",
        "delimiter": ";" if writing[1] == "," else ",",
    }
    right = {
        "encoding": writing[0].removesuffix("-sig"),
        "delimiter": writing[1],
        "quote": writing[2],
    }
    for name, value in wrong.items():
        home = tmp_path / name
        put_all(home, [written(*writing)], "csv", b"")
        report = load_arrivals(home, [contract(**{**right, name: value})], [])

        for line in report.loaded:
            kept = read(home, line)
            assert set(kept) <= set(TEXTS), "a row came through that nobody wrote"
            assert len(kept) + line.rows_rejected == len(TEXTS)
