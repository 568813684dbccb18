"""What a night knows of a source table and does not show: refused, held and replaced rows.

A row that cannot be read may be somebody's no. So of tables that can say no, every row
that was refused at load, and every row of a file that is held back, stands in one view.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.ledger import LedgerLine, held_at, known_at, replaced_at
from orchestration.arrivals.row_counts import rejects_path
from orchestration.home.tables import identifier, literal


@dataclass(frozen=True)
class ToldTable:
    """One source table on one night.

    ``shown`` are the files that the night reads, ``replaced`` the earlier generations of
    them, ``left_out`` loaded files of which too much cannot be read, ``held`` the refusals
    that stand, ``damaged`` the files of any of them, by path, that are not what they were.
    """

    contract: Contract
    shown: tuple[LedgerLine, ...]
    replaced: tuple[LedgerLine, ...]
    left_out: tuple[LedgerLine, ...]
    held: tuple[LedgerLine, ...]
    has_held_files: bool
    has_unknown_rows: bool
    damaged: frozenset[str] = frozenset()


def told_at(
    contract: Contract,
    ledger: Sequence[LedgerLine],
    night: date,
    without: Collection[str],
    damaged: Collection[str] = (),
) -> ToldTable:
    """Return what ``night`` knows of a table; ``without`` are ids of files to leave out.

    Earlier generations and refusals matter where the table can say no. Of the ``damaged``
    files, by path, nothing is shown, and nobody knows what they said.
    """
    visible = known_at(ledger, night)
    known = tuple(line for line in visible if line.parquet not in damaged)
    replaced = replaced_at(ledger, night) if contract.says_no else ()
    held = held_at(ledger, night) if contract.says_no else ()
    needed = {
        path
        for line in (*visible, *replaced, *held)
        for path in (line.parquet, _rejects(line) if contract.says_no else "")
    }
    lost = needed.intersection(damaged)
    left_out = tuple(line for line in known if line.file_id in without)
    is_snapshot = contract.delivery == "snapshot"
    waited_for = held_at(ledger, night, is_snapshot=is_snapshot)
    return ToldTable(
        contract,
        shown=tuple(line for line in known if line.file_id not in without),
        replaced=tuple(line for line in replaced if line.parquet not in damaged),
        left_out=left_out,
        held=tuple(line for line in held if line.parquet not in damaged),
        has_held_files=bool(waited_for or left_out or len(known) < len(visible)),
        has_unknown_rows=contract.says_no
        and (bool(lost) or any(line.held_as != "rows" for line in waited_for)),
        damaged=frozenset(lost),
    )


def write_refused_rows(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    tables: Sequence[ToldTable],
    schema: str,
) -> None:
    """Write the view `refused_rows` over the files in which such rows are kept."""
    selects = [
        "select null::varchar as source, null::varchar as table_name, "
        "null::date as export_date, null::varchar as file_id, null::bigint as row_number, "
        "null::varchar as raw_text, null::boolean as is_held where false"
    ]
    for table in tables:
        if table.contract.says_no:
            selects.extend(_selects(home, table))
    connection.execute(
        f"create or replace view {schema}.refused_rows as {' union all '.join(selects)}"
    )


def refused_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Return one sha256 over the files of which rows are refused; none, no digest."""
    there = connection.execute(
        "select 1 from duckdb_views() where schema_name = 'raw_nightpost' "
        "and view_name = 'refused_rows'"
    ).fetchone()
    if not there:
        return ""
    files = connection.execute(
        "select file_id, is_held, count(*) from raw_nightpost.refused_rows "
        "group by all order by all"
    ).fetchall()
    unknown = connection.execute(
        "select source, table_name from raw_nightpost.sources "
        "where has_unknown_rows order by all"
    ).fetchall()
    if not files and not unknown:
        return ""
    return hashlib.sha256(json.dumps([files, unknown]).encode()).hexdigest()


def _selects(home: Path, table: ToldTable) -> Iterator[str]:
    held = {line.file_id: line for line in table.held if line.parquet}
    for line in held.values():
        yield _select(line, _parquet(home / line.parquet), is_held=True)
    shown = {line.file_id: line for line in (*table.shown, *table.left_out)}
    for file_id, line in shown.items():
        is_held = line in table.left_out
        is_kept = line.rows_rejected and _rejects(line) not in table.damaged
        if is_kept and file_id not in held:
            rejected = _parquet(rejects_path(home, line))
            yield _select(line, rejected, is_held=is_held)
        if is_held and not line.is_repeat:
            yield _select(
                line, f"({raw_texts(home, table.contract, line)})", is_held=True
            )


def _rejects(line: LedgerLine) -> str:
    return line.rejects_parquet if line.is_loaded and line.parquet else ""


def _select(line: LedgerLine, rows: str, *, is_held: bool) -> str:
    return (
        f"select {literal(line.source)}, {literal(line.table)}, "
        f"date '{line.export_date.isoformat()}', {literal(line.file_id)}, row_number, "
        f"raw_text, {str(is_held).lower()} from {rows}"
    )


def raw_texts(home: Path, contract: Contract, line: LedgerLine) -> str:
    """Return a select of a loaded file's rows: their number and their cells as a text."""
    cells = ", ".join(f"coalesce({identifier(name)}, '')" for name in line.columns)
    number = "_row_number" if line.rows_rejected else "file_row_number + 1"
    return (
        f"select {number} as row_number, "
        f"concat_ws({literal(contract.delimiter)}, {cells}) as raw_text "
        f"from read_parquet({literal(home.resolve() / line.parquet)}, "
        "hive_partitioning = false, file_row_number = true)"
    )


def _parquet(path: Path) -> str:
    return f"read_parquet({literal(path.resolve())}, hive_partitioning = false)"
