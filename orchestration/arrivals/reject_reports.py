"""What was rejected, at load and in staging: counted for the terminal, or as a CSV.

Counts name files, reasons and columns, never a value. The CSV holds the rows themselves,
so it is written for its owner's eyes only.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.ledger import LedgerLine, current, read_ledger
from orchestration.arrivals.refused_rows import raw_texts
from orchestration.arrivals.row_counts import STAGING_REJECTS, rejects_path
from orchestration.home.files import FILE_MODE, check_not_own, create_private_file
from orchestration.home.tables import literal

COLUMNS = ("source", "table_name", "file", "row_number", "stage", "reason", "raw_text")


@dataclass(frozen=True)
class RejectCount:
    """How many rows of one file were rejected for one reason."""

    source: str
    table: str
    file: str
    stage: str
    reason: str
    rows: int


@dataclass(frozen=True)
class RejectReport:
    """The rejected rows of the files that stand, and the files that are held back."""

    counts: tuple[RejectCount, ...]
    held: tuple[LedgerLine, ...]


def read_rejects(home: Path, contracts: Sequence[Contract]) -> RejectReport:
    """Count the rejects of every file that is loaded and not replaced.

    A corrected file replaces the one that it corrects, and its rejects with it.
    """
    counts: list[RejectCount] = []
    held: list[LedgerLine] = []
    with duckdb.connect() as connection:
        for contract in contracts:
            ledger = read_ledger(home, contract.source, contract.table)
            for line in current(ledger):
                counts.extend(_counts_of(connection, home, line))
            held.extend(_still_held(ledger))
    return RejectReport(tuple(counts), tuple(held))


def show_rejects(report: RejectReport) -> str:
    """Return ``report`` as lines for a terminal."""
    if not report.counts and not report.held:
        return "Nothing was rejected, and no file is held back."
    lines = []
    if report.counts:
        width = max(
            len(f"{one.source}/{one.table}/{one.file}") for one in report.counts
        )
        lines.append(f"{'file':{width}}  stage    {'rows':>9}  reason")
        lines += [
            f"{f'{one.source}/{one.table}/{one.file}':{width}}  {one.stage:7}  "
            f"{one.rows:>9,}  {one.reason}"
            for one in report.counts
        ]
    if report.held:
        lines += ["", "Held back as a whole:"]
        lines += [f"  {line.reason}" for line in report.held]
    return "\n".join(lines)


def export_rejects(home: Path, contracts: Sequence[Contract], target: Path) -> int:
    """Write every rejected row with its own text to ``target`` and return how many.

    The file is private (0600): it holds people's data. A row that staging rejects is
    written as its columns' values, joined by the contract's delimiter.

    Raises:
        OwnFolderError: ``target`` lies where the home keeps its own files, or is one.
    """
    check_not_own(home, target)
    rows = 0
    create_private_file(target)
    with (
        duckdb.connect() as connection,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for contract in contracts:
            ledger = read_ledger(home, contract.source, contract.table)
            for line in sorted(current(ledger), key=lambda one: one.file):
                for row in _rows_of(connection, home, contract, line):
                    writer.writerow(row)
                    rows += 1
    target.chmod(FILE_MODE)
    return rows


def _counts_of(
    connection: duckdb.DuckDBPyConnection, home: Path, line: LedgerLine
) -> list[RejectCount]:
    found = []
    for stage, path in _paths(home, line):
        rows = connection.execute(
            "select reason, count(*) from read_parquet(?, hive_partitioning = false) "
            "group by reason order by count(*) desc, reason",
            [str(path)],
        ).fetchall()
        found += [
            RejectCount(line.source, line.table, line.file, stage, reason, count)
            for reason, count in rows
        ]
    return found


def _rows_of(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    contract: Contract,
    line: LedgerLine,
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for stage, path in _paths(home, line):
        rejected = f"read_parquet({literal(path)}, hive_partitioning = false)"
        if stage == "staging":
            raw = raw_texts(home, contract, line)
            rejected = (
                f"({rejected} as rejected join ({raw}) as raw using (row_number))"
            )
        rows += connection.execute(
            f"select source, table_name, file, row_number, {literal(stage)}, reason, "
            f"raw_text from {rejected} order by row_number"
        ).fetchall()
    return rows


def _paths(home: Path, line: LedgerLine) -> list[tuple[str, Path]]:
    if line.is_repeat:
        return []
    candidates = (
        ("load", rejects_path(home, line)),
        ("staging", rejects_path(home, line, STAGING_REJECTS)),
    )
    return [(stage, path) for stage, path in candidates if path.exists()]


def _still_held(ledger: Sequence[LedgerLine]) -> list[LedgerLine]:
    """Return the newest refusal of every file that was not loaded since."""
    newest = {line.file: line for line in ledger}
    return [line for line in newest.values() if not line.is_loaded]
