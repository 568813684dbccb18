"""What a night costs beyond dbt: an empty night over a bare `dbt build`, in CPU seconds.

Both build and test the same nodes on the same data in a fresh process, interleaved.
Run: python tests/benchmarks/bench_night.py
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from seeds.demo import generate

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
BIN = Path(sys.executable).parent
NIGHT = "2026-04-05"
ROUNDS = 3


def cpu_seconds(command: list[str], environment: dict[str, str]) -> float:
    """Run a command and return the CPU seconds of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, env={**os.environ, **environment}, check=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def night(home: Path) -> float:
    """Run a night for which no new file has arrived."""
    return cpu_seconds([str(BIN / "nightpost"), "run", "--home", str(home)], {})


def bare_build(home: Path, warehouse: Path) -> float:
    """Build the same nodes with dbt alone, on a fresh copy of the night's raw views."""
    shutil.copyfile(home / "warehouse" / "nightpost.duckdb", warehouse)
    command = [
        str(BIN / "dbt"), "--quiet", "build", "--exclude-resource-type", "unit_test",
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
        "--target-path", str(warehouse.parent / "target"),
        "--log-path", str(warehouse.parent / "logs"),
    ]  # fmt: skip
    environment = {"NIGHTPOST_WAREHOUSE": str(warehouse), "NIGHTPOST_AS_OF": NIGHT}
    return cpu_seconds(command, environment)


def main() -> None:
    """Print the ratio and both medians."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        generate(home / "inbox", home / "demo_truth")
        warehouse = Path(folder) / "bare" / "nightpost.duckdb"
        warehouse.parent.mkdir()
        # the first of each parses the project and loads the files; neither counts
        night(home)
        bare_build(home, warehouse)
        nights, bare = [], []
        for _ in range(ROUNDS):
            nights.append(night(home))
            bare.append(bare_build(home, warehouse))
    ours, theirs = statistics.median(nights), statistics.median(bare)
    spread = (max(nights) - min(nights)) / ours
    print(
        f"empty night / bare dbt build: {ours / theirs:.2f} "
        f"({ours:.1f} / {theirs:.1f} CPU-s, median of {ROUNDS}, spread {spread:.0%})"
    )


if __name__ == "__main__":
    main()
