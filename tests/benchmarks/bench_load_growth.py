"""How loading grows: a night with 1 % new rows, and memory over ten times the rows.

The night: daily CSVs are loaded into a fresh home, then one more of them arrives beside
the old ones, which still lie in the inbox; what is printed is the second load over the
first. The memory: the most that a process of its own ever held (Linux's VmHWM, which a
new program starts afresh; ru_maxrss would count what its parent held), interpreter and
libraries included. Run: python tests/benchmarks/bench_load_growth.py [--rows N]
[--memory-rows N] [--rounds N]
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bench_loads import CONTRACT, FIRST_DAY, csv_body, records

from orchestration.arrivals.loads import load_arrivals

DAYS = 100
AT_ONCE = 100_000
Piece = Callable[[int, int], bytes]


def load(home: Path) -> int:
    """Load what is new in the inbox of ``home`` and return how many rows that was."""
    return sum(line.rows_loaded for line in load_arrivals(home, [CONTRACT], []).loaded)


def put(home: Path, day: int, rows: int) -> None:
    """Put the CSV of one day into the inbox of ``home``."""
    path = inbox(home) / f"{FIRST_DAY + timedelta(days=day)}.csv"
    path.write_bytes(csv_body(day * rows, rows))


def inbox(home: Path) -> Path:
    """Return the folder where the files of ``home`` arrive, made where it is missing."""
    folder = home / "inbox" / "shop" / "orders"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def seconds_of(home: Path, expected: int) -> float:
    """Return how long a load takes that must bring ``expected`` rows."""
    start = time.perf_counter()
    rows = load(home)
    seconds = time.perf_counter() - start
    if rows != expected:
        raise SystemExit(f"{rows} rows instead of {expected}")
    return seconds


def compare_nights(rows: int, rounds: int, root: Path) -> None:
    """Print how long a load of 1 % new rows takes over the load of all of them."""
    full, small = [], []
    a_day = rows // DAYS
    for _ in range(rounds):
        home = root / "home"
        for day in range(DAYS):
            put(home, day, a_day)
        full.append(seconds_of(home, a_day * DAYS))
        put(home, DAYS, a_day)
        small.append(seconds_of(home, a_day))
        shutil.rmtree(home)
    first, second = statistics.median(full), statistics.median(small)
    ratios = [new / old for new, old in zip(small, full, strict=True)]
    print(
        f"1 % new rows over all {a_day * DAYS:,} in {DAYS} files: {second / first:.3f} "
        f"({second:.2f} / {first:.2f} s, {rounds} rounds, each in a fresh home, "
        f"{min(ratios):.3f} to {max(ratios):.3f})",
        flush=True,
    )


def csv_piece(first: int, rows: int) -> bytes:
    """Return rows of a CSV, with its header where they are the first."""
    body = csv_body(first, rows)
    return body if first == 0 else body.partition(b"\n")[2]


def jsonl_piece(first: int, rows: int) -> bytes:
    """Return rows as JSON lines."""
    return "".join(f"{json.dumps(one)}\n" for one in records(first, rows)).encode()


def compare_memory(kind: str, piece: Piece, rows: int, rounds: int, root: Path) -> None:
    """Print the peak memory of loading ten times ``rows`` over that of ``rows``."""
    peaks: dict[int, list[int]] = {rows: [], 10 * rows: []}
    source = root / f"source.{kind}"
    for size, found in peaks.items():
        with source.open("wb") as file:
            for first in range(0, size, AT_ONCE):
                file.write(piece(first, min(AT_ONCE, size - first)))
        for _ in range(rounds):
            home = root / "home"
            (inbox(home) / f"{FIRST_DAY}.{kind}").hardlink_to(source)
            found.append(peak_of_child(home, size))
            shutil.rmtree(home)
    source.unlink()
    small, large = (statistics.median(found) for found in peaks.values())
    spreads = " and ".join(f"{min(found)}-{max(found)}" for found in peaks.values())
    print(
        f"peak memory, one {kind} of {10 * rows:,} rows over {rows:,}: "
        f"{large / small:.2f} ({large:.0f} / {small:.0f} MB, {rounds} rounds, {spreads})",
        flush=True,
    )


def peak_of_child(home: Path, expected: int) -> int:
    """Load ``home`` in a process of its own and return its peak memory in MB."""
    command = [sys.executable, __file__, "--child", str(home)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows, peak = map(int, done.stdout.split())
    if rows != expected:
        raise SystemExit(f"{rows} rows instead of {expected}")
    return peak


def run_child(home: Path) -> None:
    """Load ``home`` and print the rows and the peak memory of this process in MB."""
    rows = load(home)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(rows, int(status.partition("VmHWM:")[2].split()[0]) >> 10)


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--memory-rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child:
        run_child(options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        compare_nights(options.rows, options.rounds, root)
        for kind, piece in (("csv", csv_piece), ("jsonl", jsonl_piece)):
            compare_memory(kind, piece, options.memory_rows, options.rounds, root)


if __name__ == "__main__":
    main()
