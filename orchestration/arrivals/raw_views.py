"""The raw zone as one night knows it: views over exactly the files of the ledger.

Nothing is copied. The views are written again at the start of every night; dbt sources
point at them.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import OWN_SOURCE, Contract
from orchestration.arrivals.integrity import Damage, StoredFiles, damage_sentence
from orchestration.arrivals.ledger import LedgerLine, read_ledger
from orchestration.arrivals.refused_rows import ToldTable, told_at, write_refused_rows
from orchestration.home.files import (
    FILE_MODE,
    create_private_file,
    private_folder,
    publish_file,
)
from orchestration.home.sends_state import write_no_memory
from orchestration.home.standings import write_change_views
from orchestration.home.tables import identifier, literal

AUDIENCES = Path("state") / "audiences"
OWN_SCHEMA = f"raw_{OWN_SOURCE}"
_EMPTY_PARTITION = "export_date=0001-01-01"
# The order of the rows is that of the file; only where some were rejected do those
# that were loaded carry their own number.
_ROW_NUMBER = "coalesce(_row_number, file_row_number + 1)"
# As LedgerLine.file_id says it. A filter on it prunes files before they are opened.
_FILE_ID = (
    "concat('{table}/', export_date, '/', left(parse_filename(filename, true), 16))"
)


def write_raw_views(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    contracts: Sequence[Contract],
    night: date,
    *,
    without: Collection[str] = (),
) -> tuple[Damage, ...]:
    """Write the views and tables of all sources as ``night`` knows them.

    ``without`` are the ids of loaded files that the night must do without. Returned are
    the files that it would read and that are damaged.

    Raises:
        LedgerError: the ledger is damaged.
    """
    connection.execute(f"create schema if not exists {OWN_SCHEMA}")
    lines: list[LedgerLine] = []
    told: list[ToldTable] = []
    stored = StoredFiles(home)
    found: list[Damage] = []
    for contract in contracts:
        ledger = read_ledger(home, contract.source, contract.table)
        damaged = stored.damaged(ledger)
        table = told_at(contract, ledger, night, without, damaged)
        _write_view(connection, home, table)
        lines.extend(table.shown)
        told.append(table)
        found.extend(
            Damage(line, damage_sentence(path, line, ledger))
            for path, line in damaged.items()
            if path in table.damaged
        )
    stored.save()
    _write_arrivals(connection, lines)
    _write_sources(connection, told)
    write_refused_rows(connection, home, told, OWN_SCHEMA)
    _write_audiences(connection, home, night)
    write_change_views(connection, home, night, OWN_SCHEMA)
    write_no_memory(connection, OWN_SCHEMA)
    return tuple(found)


def _write_view(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    told: ToldTable,
) -> None:
    contract, lines = told.contract, (*told.shown, *told.replaced)
    empty = _empty_file(connection, home, contract)
    held = {(home / line.parquet).resolve() for line in lines if not line.is_repeat}
    files = [empty, *sorted(held)]
    listed = ", ".join(literal(file) for file in files)
    named = [identifier(name) for name in _columns(contract, lines)]
    replaced = ", ".join(literal(line.file_id) for line in told.replaced) or "null"
    lineage = ["_source_file", f"{_ROW_NUMBER} as _row_number"]
    columns = ", ".join([*named, *lineage])
    schema, table = f"raw_{contract.source}", identifier(contract.table)
    file_id = _FILE_ID.format(table=f"{contract.source}.{contract.table}")
    connection.execute(f"create schema if not exists {schema}")
    connection.execute(
        f"create or replace view {schema}.{table} as "
        f"select {columns}, export_date as _export_date, {file_id} as _file_id, "
        f"coalesce({file_id} in ({replaced}), false) as _is_replaced "
        f"from read_parquet([{listed}], union_by_name = true, filename = true, "
        "file_row_number = true, "
        "hive_partitioning = true, hive_types = {'export_date': date})"
    )


def _columns(contract: Contract, lines: Iterable[LedgerLine]) -> list[str]:
    """Return the promised columns, then the others as they came, each name once."""
    promised = [column.name for column in contract.columns]
    found = [name for line in lines for name in line.columns]
    names = {name.lower(): name for name in reversed([*promised, *found])}
    order = dict.fromkeys(name.lower() for name in [*promised, *found])
    return [names[name] for name in order]


def _empty_file(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract
) -> Path:
    """Return the file without rows that holds every promised column."""
    table = f"{contract.source}.{contract.table}"
    folder = home.resolve() / "raw" / "_contracts" / table / _EMPTY_PARTITION
    path = folder / f"{contract.sha256}.parquet"
    if path.exists():
        return path
    columns = [f"null::varchar as {identifier(one.name)}" for one in contract.columns]
    lineage = ["null::varchar as _source_file", "null::bigint as _row_number"]
    temporary = create_private_file(private_folder(folder) / ".tmp-contract.parquet")
    connection.execute(
        f"copy (select {', '.join([*columns, *lineage])} where false) "
        f"to {literal(temporary)} (format parquet, use_tmp_file false)"
    )
    temporary.chmod(FILE_MODE)
    publish_file(temporary, path)
    return path


def _write_arrivals(
    connection: duckdb.DuckDBPyConnection, lines: Sequence[LedgerLine]
) -> None:
    connection.execute(
        f"create or replace table {OWN_SCHEMA}.arrivals (source varchar, "
        "table_name varchar, file varchar, export_date date, known_from date, "
        "rows_loaded bigint, rows_rejected bigint, rows_fingerprint varchar, "
        "file_id varchar)"
    )
    _insert(
        connection,
        "arrivals",
        [
            (
                literal(line.source),
                literal(line.table),
                literal(line.file),
                _day(line.export_date),
                _day(line.known_from),
                str(line.rows_loaded),
                str(line.rows_rejected),
                literal(str(line.rows_fingerprint)),
                literal(line.file_id),
            )
            for line in lines
        ],
    )


def _write_sources(
    connection: duckdb.DuckDBPyConnection,
    told: Sequence[ToldTable],
) -> None:
    connection.execute(
        f"create or replace table {OWN_SCHEMA}.sources (source varchar, "
        "table_name varchar, delivery varchar, max_age_days bigint, "
        "when_stale varchar, newest_export_date date, has_held_files boolean, "
        "has_unknown_rows boolean)"
    )
    _insert(
        connection,
        "sources",
        [
            (
                literal(one.contract.source),
                literal(one.contract.table),
                literal(one.contract.delivery),
                str(one.contract.max_age_days),
                literal(one.contract.when_stale),
                _day(max((line.export_date for line in one.shown), default=None)),
                str(one.has_held_files).lower(),
                str(one.has_unknown_rows).lower(),
            )
            for one in told
        ],
    )


def _write_audiences(
    connection: duckdb.DuckDBPyConnection, home: Path, night: date
) -> None:
    newest = _newest_audiences(home.resolve() / AUDIENCES, night)
    if newest is None:
        select = (
            "select null::date as night, null::varchar as segment, "
            "null::varchar as profile_id, null::boolean as is_exported where false"
        )
    else:
        day, files = newest
        listed = ", ".join(literal(file) for file in files)
        select = (
            f"select {_day(day)} as night, segment, profile_id, is_exported "
            f"from read_parquet([{listed}], hive_partitioning = false)"
        )
    connection.execute(f"create or replace view {OWN_SCHEMA}.audiences as {select}")


def _newest_audiences(folder: Path, night: date) -> tuple[date, list[Path]] | None:
    """Return the newest night before ``night`` whose audiences are out, and its files.

    The night's link in the outbox names the run; what a killed publication of another
    run left behind is not read.
    """
    nights = {path.name.partition("=")[2]: path for path in folder.glob("night=*")}
    for name in sorted(nights, reverse=True):
        run = folder.parents[1] / "outbox" / name
        files = sorted(nights[name].glob(f"{run.resolve().name}.parquet"))
        if files and date.fromisoformat(name) < night:
            return date.fromisoformat(name), files
    return None


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[str, ...]]
) -> None:
    if rows:
        values = ", ".join(f"({', '.join(row)})" for row in rows)
        connection.execute(f"insert into {OWN_SCHEMA}.{table} values {values}")


def _day(day: date | None) -> str:
    return f"date '{day.isoformat()}'" if day else "null"
