"""Whatever a file holds, no row is loaded wrong and none goes missing unsaid."""

import csv
import gzip
import io
import json
import random
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.loads import LoadReport, load_arrivals
from orchestration.arrivals.readers import workplace as readers

REPOSITORY = Path(__file__).resolve().parents[2]
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


MB = 1 << 20
HEADER = b"id,name,note\n"
GOOD = HEADER + b"1,a,b\n"
MOST_MEMORY_MB = 500
"""A process that only imports the loader holds 75 MB, one that loads a small file 120."""

LOADS = """
import json, pathlib, sys
from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.loads import load_arrivals

columns = tuple(Column(name, name == "id", "text") for name in ("id", "name", "note"))
contract = Contract("shop", "orders", "append", ",", '"', "utf-8", 3, columns)
report = load_arrivals(pathlib.Path(sys.argv[1]), [contract], [])
status = pathlib.Path("/proc/self/status").read_text()
print(json.dumps({
    "loaded": {line.file: [line.rows_loaded, line.rows_rejected] for line in report.loaded},
    "held": {held.file: held.reason for held in report.held},
    "peak_mb": int(status.partition("VmHWM:")[2].split()[0]) >> 10,
}))
"""


def gzipped(piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return b"".join(packer.compress(piece) for _ in range(times)) + packer.flush()


def nested(opens: str, closes: str, depth: int) -> bytes:
    deep = opens * depth + "1" + closes * depth
    return b'{"id":"1"}\n{"id":"2","note":%b}\n' % deep.encode()


def many_keys(count: int) -> bytes:
    return json.dumps(dict.fromkeys(["id", *map(str, range(count))], "x")).encode()


def repeated_text(letters: int, rows: int) -> bytes:
    """Return a Parquet file that says one text once and means it ``rows`` times."""
    texts = pa.DictionaryArray.from_arrays(
        pa.array([0] * rows, pa.int32()), pa.array(["a" * letters])
    )
    sink = io.BytesIO()
    table = pa.table({"id": pa.array(["1"] * rows), "note": texts})
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def absurd_footer() -> bytes:
    """Return a Parquet file of 300 rows whose footer promises 2^55 of them."""
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": ["1"] * 300}), sink, compression="none")
    body = sink.getvalue()
    start = len(body) - 8 - int.from_bytes(body[-8:-4], "little")
    as_thrift_writes_it, promised = b"\xd8\x04", b"\x80" * 8 + b"\x01"
    footer = body[start:-8].replace(as_thrift_writes_it, promised)
    return body[:start] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


HOSTILE = [
    ("3 MB in a field", "csv", lambda: GOOD + b'2,"%b",c\n' % (b"a" * 3 * MB), [1, 1]),
    (
        "3 MB in a JSON text",
        "jsonl",
        lambda: b'{"id":"1"}\n{"id":"2","note":"%b"}\n' % (b"a" * 3 * MB),
        [1, 1],
    ),
    (
        "10,000 columns",
        "csv",
        lambda: b"id" + b"".join(b",c%d" % n for n in range(9_999)) + b"\n",
        "more than 2000 columns",
    ),
    (
        "10,000 values in a row",
        "csv",
        lambda: GOOD + b"1," * 10_000 + b"1\n",
        [1, 1],
    ),
    (
        "a million values in a row",
        "csv",
        lambda: GOOD + b"1," * MB + b"1\n",
        [1, 1],
    ),
    (
        "two million values too many",
        "csv",
        lambda: GOOD + (b"1," * 40 + b"1\n") * 50_000,
        "50,000 of its 50,001 rows cannot be read",
    ),
    (
        "300,000 rows that are not UTF-8",
        "csv",
        lambda: GOOD + b"2,Zo\xeb,c\n" * 300_000,
        "300,000 of its 300,001 rows cannot be read",
    ),
    (
        "a million lines that are not UTF-8",
        "jsonl",
        lambda: b'{"id":"1"}\n' + b'{"id":"Zo\xeb"}\n' * 1_000_000,
        "too many broken rows",
    ),
    (
        "100 MB on a line",
        "csv",
        lambda: GOOD + b"2,%b,c\n" % (b"a" * 100 * MB),
        "one line is longer than 8 MB",
    ),
    (
        "100 MB on a line of JSON",
        "jsonl",
        lambda: b'{"id":"1"}\n{"id":"2","note":"%b"}\n' % (b"a" * 100 * MB),
        "one line is longer than 8 MB",
    ),
    (
        "150 MB after a quote",
        "csv",
        lambda: GOOD + b'2,"' + (b"a" * 99 + b"\n") * (3 * MB // 2),
        "a field is longer than 8 MB",
    ),
    (
        "a gzip of 1 GB of lines",
        "csv.gz",
        lambda: gzipped(b"1,a,b\n" * 170_000, 1_024),
        "200 times its size",
    ),
    (
        "a gzip of 1 GB of zeros",
        "csv.gz",
        lambda: gzipped(bytes(MB), 1_024),
        "one line is longer than 8 MB",
    ),
    (
        "a gzip of 100 MB below the limit",
        "csv.gz",
        lambda: gzip.compress(HEADER + (b"1,%b,b\n" % (b"a" * 996)) * 100_000),
        [100_000, 0],
    ),
    ("JSON 10,000 deep", "jsonl", lambda: nested("[", "]", 10_000), [2, 0]),
    ("objects 10,000 deep", "jsonl", lambda: nested('{"a":', "}", 10_000), [2, 0]),
    ("5,000 keys", "jsonl", lambda: many_keys(5_000), "more than 2000 columns"),
    (
        "5,000 keys on a later line",
        "jsonl",
        lambda: b'{"id":"1"}\n' + many_keys(5_000),
        "more than 2000 columns",
    ),
    (
        "another key on every line",
        "jsonl",
        lambda: b"".join(b'{"id":"1","k%d":"x"}\n' % n for n in range(200_000)),
        "more than 2000 columns",
    ),
    (
        "10 GB of text in 6 KB",
        "parquet",
        lambda: repeated_text(1_000_000, 10_000),
        "200 times its size",
    ),
    ("a footer that lies", "parquet", absurd_footer, "the engine refused it"),
]


@pytest.mark.parametrize(
    ("suffix", "make", "outcome"),
    [case[1:] for case in HOSTILE],
    ids=[case[0] for case in HOSTILE],
)
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_a_hostile_file_is_refused_in_little_memory_and_stops_no_other(
    tmp_path: Path, suffix: str, make: Callable[[], bytes], outcome: str | list[int]
) -> None:
    put(tmp_path, "2026-03-01.csv", HEADER + b"9,a,b\n")
    put(tmp_path, f"2026-03-02.{suffix}", make())
    put(tmp_path, "2026-03-03.csv", HEADER + b"8,a,b\n")

    done = subprocess.run(
        [sys.executable, "-c", LOADS, str(tmp_path)],
        check=True, capture_output=True, cwd=REPOSITORY,
    )  # fmt: skip

    # under `-c` DuckDB draws a progress bar before it where a load takes two seconds
    found = json.loads(done.stdout.splitlines()[-1])
    loaded = found["loaded"]
    assert loaded.pop("2026-03-01.csv") == loaded.pop("2026-03-03.csv") == [1, 0]
    if isinstance(outcome, str):
        assert outcome in found["held"][f"2026-03-02.{suffix}"]
    else:
        assert loaded == {f"2026-03-02.{suffix}": outcome}
    assert found["peak_mb"] < MOST_MEMORY_MB


def test_batches_that_need_more_memory_than_their_width_tells_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"id": "1", "name": "a", "note": "x" * 80}
    line = json.dumps([event] * 500).encode() + b"\n"
    put(tmp_path, "2026-03-01.jsonl", line * 200)
    put(tmp_path, "2026-03-02.jsonl", b'{"id":"1","name":"a","note":"b"}\n')
    monkeypatch.setattr(readers, "MOST_MEMORY_BYTES", 24 << 20)

    report = load_arrivals(tmp_path, [CONTRACT], [])

    assert not report.held
    assert [line.rows_loaded for line in report.loaded] == [100_000, 1]
