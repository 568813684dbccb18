"""Loading (hash, contract, rejects, ledger) over a bare read of the same files.

All sides read the same bytes with two threads, in turns, each into a fresh place on
disk. `bare` lets the engine find out dialect and types, as one would write it first;
`told` tells it both (all text, as our contract does), so has less to do. Run: python tests/benchmarks/bench_loads.py [--rows N] [--rounds N]
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import Column, Contract
from orchestration.arrivals.loads import load_arrivals

FIRST_DAY = date(2026, 1, 1)
COLUMNS = ("id", "email", "note", "price", "ordered_at")
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
Maker = Callable[[Path, int], None]


def records(first: int, rows: int) -> Iterable[dict[str, str]]:
    for number in range(first, first + rows):
        yield {
            "id": str(number),
            "email": f"person{number * 7919 % rows}@example.com",
            "note": f"order number {number % 977} of this shop",
            "price": f"{number % 1000}.{number % 100:02d}",
            "ordered_at": f"2026-03-29 10:{number % 60:02d}:{number * 7 % 60:02d}",
        }


def csv_body(first: int, rows: int, quote: str = "") -> bytes:
    lines = [",".join(COLUMNS)]
    for record in records(first, rows):
        lines.append(",".join(f"{quote}{value}{quote}" for value in record.values()))
    return ("\n".join(lines) + "\n").encode()


def one_csv(folder: Path, rows: int) -> None:
    (folder / f"{FIRST_DAY}.csv").write_bytes(csv_body(0, rows))


def one_quoted_csv(folder: Path, rows: int) -> None:
    (folder / f"{FIRST_DAY}.csv").write_bytes(csv_body(0, rows, quote='"'))


def daily_gzips(folder: Path, rows: int) -> None:
    for day in range(305):
        body = gzip.compress(csv_body(day * (rows // 305), rows // 305), mtime=0)
        (folder / f"{FIRST_DAY + timedelta(days=day)}.csv.gz").write_bytes(body)


def one_jsonl(folder: Path, rows: int) -> None:
    lines = (json.dumps(record) for record in records(0, rows))
    (folder / f"{FIRST_DAY}.jsonl").write_text("\n".join(lines) + "\n")


def bare(files: Sequence[Path], place: Path) -> int:
    reader = "read_json" if files[0].suffix == ".jsonl" else "read_csv"
    return create_table(f"{reader}([{names_of(files)}])", place)


def told(files: Sequence[Path], place: Path) -> int:
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    how = f"columns = {{{types}}}"
    if files[0].suffix == ".jsonl":
        reader = f"read_json([{names_of(files)}], format = 'newline_delimited', {how})"
    else:
        reader = (
            f"read_csv([{names_of(files)}], auto_detect = false, header = true, "
            f"delim = ',', quote = '\"', escape = '\"', {how})"
        )
    return create_table(reader, place)


def names_of(files: Sequence[Path]) -> str:
    return ", ".join(f"'{file}'" for file in files)


def create_table(reader: str, place: Path) -> int:
    with duckdb.connect(str(place / "bare.duckdb")) as connection:
        connection.execute("set threads = 2")
        connection.execute(f"create table bare as select * from {reader}")
        row = connection.execute("select count(*) from bare").fetchone()
    return int(row[0]) if row else 0


def ours(files: Sequence[Path], place: Path) -> int:
    inbox = place / "inbox" / "shop" / "orders"
    inbox.mkdir(parents=True)
    for file in files:
        os.link(file, inbox / file.name)
    report = load_arrivals(place, [CONTRACT], [])
    return sum(line.rows_loaded for line in report.loaded)


def timed(
    side: Callable[[Sequence[Path], Path], int], files: Sequence[Path], root: Path
) -> tuple[float, int]:
    place = root / "place"
    place.mkdir()
    start = time.perf_counter()
    rows = side(files, place)
    seconds = time.perf_counter() - start
    shutil.rmtree(place)
    return seconds, rows


def compare(name: str, make: Maker, rows: int, rounds: int, root: Path) -> None:
    folder = root / make.__name__
    folder.mkdir()
    make(folder, rows)
    files = sorted(folder.iterdir())
    times: dict[str, list[float]] = {"bare": [], "told": [], "ours": []}
    for turn in range(rounds):
        sides = (bare, told, ours)
        for side in sides if turn % 2 == 0 else sides[::-1]:
            seconds, counted = timed(side, files, root)
            times[side.__name__].append(seconds)
            expected = rows // len(files) * len(files)
            if counted != expected:
                raise SystemExit(f"{name}: {counted} rows instead of {expected}")
    base, strict, loaded = (statistics.median(found) for found in times.values())
    spread = (max(times["ours"]) - min(times["ours"])) / loaded
    size = sum(file.stat().st_size for file in files) / 1e6
    print(
        f"{name:24s} {size:7.1f} MB  bare {base:6.2f} s  told {strict:6.2f} s  "
        f"ours {loaded:6.2f} s  over bare {loaded / base:5.2f}, "
        f"over told {loaded / strict:5.2f}  spread {spread:4.0%}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (
            ("one CSV", one_csv),
            ("one CSV, all quoted", one_quoted_csv),
            ("305 gzipped CSVs", daily_gzips),
            ("one JSON lines file", one_jsonl),
        ):
            compare(name, make, options.rows, options.rounds, Path(folder))


if __name__ == "__main__":
    main()
