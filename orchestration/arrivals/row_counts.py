"""Loaded rows that staging cannot read: counted per file, kept with their reasons.

Between dbt's stage `staging` and all that reads it. A file's count does not depend on the
night, so only files that were never counted under the same rule are read. A file of which
too many rows cannot be read is held back: the night's views are written without it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.arrivals.acceptances import accepted_files
from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.integrity import StoredFiles
from orchestration.arrivals.ledger import LedgerLine, known_at, read_ledger
from orchestration.arrivals.likeness import too_many_rejects
from orchestration.home.files import create_private_file, publish_file, write_atomically
from orchestration.home.tables import identifier, literal

COUNTS_FOLDER = Path("raw") / "_counts"
STAGING_REJECTS = ".staging.parquet"


class RowsDoNotAddUpError(Exception):
    """A file of the raw zone does not hold the rows that its ledger line says."""


@dataclass(frozen=True)
class TableCount:
    """What became of one source table's rows tonight, over all files that it knows.

    ``rows_in`` = ``rows_loaded`` + ``rows_rejected`` (structure, at load), and
    ``rows_loaded`` = ``rows_staged`` + ``rows_unreadable`` (values, in staging).
    """

    source: str
    table: str
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_staged: int
    rows_unreadable: int


@dataclass(frozen=True)
class HeldFile:
    """A loaded file that tonight does without, and the sentence that says why."""

    line: LedgerLine
    reason: str


@dataclass(frozen=True)
class Quarantine:
    """The counts of every source table, and the files that are held back."""

    counts: tuple[TableCount, ...]
    held: tuple[HeldFile, ...]


def rejecting_models(nodes: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return per (source, table) the relation that lists its unreadable rows.

    It is the staging model whose name ends in `__rejected` and that reads this source.
    """
    found: dict[tuple[str, str], str] = {}
    for node in nodes.values():
        if node["resource_type"] == "model" and node["name"].endswith("__rejected"):
            for source in node["sources"]:
                found[source[0], source[1]] = f"{node['schema']}.{node['name']}"
    return found


def count_rows(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    contracts: Sequence[Contract],
    models: Mapping[tuple[str, str], str],
    night: date,
) -> Quarantine:
    """Count what ``night`` knows and say which files it must do without.

    Raises:
        RowsDoNotAddUpError: a Parquet file of the raw zone is not what was loaded.
    """
    accepted = accepted_files(home)
    counts: list[TableCount] = []
    held: list[HeldFile] = []
    stored = StoredFiles(home)
    for contract in contracts:
        ledger = read_ledger(home, contract.source, contract.table)
        damaged = stored.damaged(ledger)
        lines = [
            line
            for line in known_at(ledger, night)
            if not line.is_repeat and line.parquet not in damaged
        ]
        relation = models[contract.source, contract.table]
        unreadable = _unreadable_rows(connection, home, relation, lines)
        counts.append(_count(contract, lines, unreadable))
        for line in lines:
            key = (line.source, line.table, line.file, line.content_sha256)
            rejected = line.rows_rejected + unreadable[line.file_id]
            if key not in accepted and rejected > line.rows_rejected:
                held.extend(_hold(contract, line, rejected))
    return Quarantine(tuple(counts), tuple(held))


def _unreadable_rows(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    relation: str,
    lines: Sequence[LedgerLine],
) -> dict[str, int]:
    """Return per file id how many of its rows staging cannot read."""
    if not lines:
        return {}
    table = f"{lines[0].source}.{lines[0].table}"
    path = home / COUNTS_FOLDER / f"{table}.json"
    rule = _rule(connection, relation)
    known = _read_counts(path, rule)
    new = {line.file_id: line for line in lines if line.file_id not in known}
    if new:
        _check_rows(connection, new.values())
        listed = ", ".join(literal(file_id) for file_id in sorted(new))
        found = connection.execute(
            f"select file_id, count(*) from {relation} "
            f"where file_id in ({listed}) group by file_id"
        ).fetchall()
        known |= dict.fromkeys(new, 0) | dict(found)
        for file_id, _ in sorted(found):
            _keep_rejects(connection, home, relation, new[file_id])
        body = json.dumps({"rule": rule, "unreadable": known}, sort_keys=True)
        write_atomically(path, body.encode())
    return known


def _rule(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Return the digest of what decides which rows of a table are unreadable.

    That is the view's SQL, or, where another engine computed it, what the view is
    said to stand for.
    """
    schema, _, name = relation.partition(".")
    row = connection.execute(
        "select sql, comment from duckdb_views() where schema_name = ? and view_name = ?",
        [schema, name],
    ).fetchone()
    return hashlib.sha256(str(row).encode()).hexdigest()


def _read_counts(path: Path, rule: str) -> dict[str, int]:
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    is_same = isinstance(kept, dict) and kept.get("rule") == rule
    return dict(kept["unreadable"]) if is_same else {}


def _check_rows(
    connection: duckdb.DuckDBPyConnection, lines: Iterable[LedgerLine]
) -> None:
    """Check that the raw zone still holds every row that was loaded.

    Raises:
        RowsDoNotAddUpError: it does not.
    """
    by_id = {line.file_id: line for line in lines}
    first = next(iter(by_id.values()))
    listed = ", ".join(literal(file_id) for file_id in sorted(by_id))
    found = dict(
        connection.execute(
            f"select _file_id, count(*) from raw_{first.source}.{identifier(first.table)} "
            f"where _file_id in ({listed}) group by _file_id"
        ).fetchall()
    )
    for file_id, line in sorted(by_id.items()):
        if found.get(file_id, 0) != line.rows_loaded:
            raise RowsDoNotAddUpError(
                f"{line.source}/{line.table}/{line.file}: {line.rows_loaded} rows were "
                f"loaded, the raw zone holds {found.get(file_id, 0)}. Restore "
                f"{line.parquet} from a backup, or take its line out of the ledger and "
                "load the file again."
            )


def _keep_rejects(
    connection: duckdb.DuckDBPyConnection, home: Path, relation: str, line: LedgerLine
) -> None:
    """Write which rows of a file cannot be read, and why, beside the rejected ones."""
    target = rejects_path(home, line, STAGING_REJECTS)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = create_private_file(target.with_name(f".tmp-{target.name}"))
    connection.execute(
        f"copy (select {literal(line.source)} as source, {literal(line.table)} as "
        f"table_name, {literal(line.file)} as file, row_number, "
        f"rejection_reason as reason from {relation} "
        f"where file_id = {literal(line.file_id)} order by row_number) "
        f"to {literal(temporary)} (format parquet, compression zstd, use_tmp_file false)"
    )
    publish_file(temporary, target)


def rejects_path(home: Path, line: LedgerLine, suffix: str = ".parquet") -> Path:
    """Return where the rejected rows of a file lie, if it has any."""
    return (home / line.rejects_parquet).with_suffix(suffix)


def _count(
    contract: Contract, lines: Sequence[LedgerLine], unreadable: Mapping[str, int]
) -> TableCount:
    # content that came under two names at once is shown, and counted, once
    by_id = {line.file_id: line for line in lines}
    loaded = sum(line.rows_loaded for line in by_id.values())
    cannot_be_read = sum(unreadable[file_id] for file_id in by_id)
    return TableCount(
        contract.source,
        contract.table,
        rows_in=sum(line.rows_in for line in by_id.values()),
        rows_loaded=loaded,
        rows_rejected=sum(line.rows_rejected for line in by_id.values()),
        rows_staged=loaded - cannot_be_read,
        rows_unreadable=cannot_be_read,
    )


def _hold(contract: Contract, line: LedgerLine, rejected: int) -> list[HeldFile]:
    name = f"{line.source}/{line.table}/{line.file}"
    reason = too_many_rejects(contract, line.rows_in, rejected)
    if not reason:
        return []
    return [
        HeldFile(
            line,
            f"{name}: {reason}. The night does without it; see `nightpost rejects "
            f"{line.source}/{line.table}`, then land a corrected file under the same "
            f'name, or accept it with `nightpost accept {name} --why "…"`.',
        )
    ]


def write_counts(
    connection: duckdb.DuckDBPyConnection, counts: Sequence[TableCount]
) -> None:
    """Write the counts where the manifest finds them: `raw_nightpost.row_counts`."""
    connection.execute(
        "create or replace table raw_nightpost.row_counts (source varchar, "
        "table_name varchar, rows_in bigint, rows_loaded bigint, rows_rejected bigint, "
        "rows_staged bigint, rows_unreadable bigint)"
    )
    rows = [list(vars(count).values()) for count in counts]
    if rows:
        connection.executemany(
            "insert into raw_nightpost.row_counts values (?, ?, ?, ?, ?, ?, ?)", rows
        )
