"""The raw zone as Spark's tables: over the Parquet files where they lie, nothing copied.

The twin of `raw_views.py`: the same rows, the same file ids, and of the columns those that
the contract promises, which are all that a model may read. (Segment's own `_metadata` would
hide Spark's, which knows a row's file and place.)
"""

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.integrity import StoredFiles
from orchestration.arrivals.ledger import LedgerLine, read_ledger
from orchestration.arrivals.refused_rows import told_at
from orchestration.building.spark.server import name, text

FILES_SCHEMA = "raw_files"


def raw_statements(
    home: Path, contract: Contract, night: date, without: Collection[str]
) -> Iterator[str]:
    """Yield the statements that show one source table as ``night`` knows it.

    The table below it names the folder; the view names the files that the ledger allows,
    so a file that lies there and is not known, or no longer, gives no row.
    """
    ledger = read_ledger(home, contract.source, contract.table)
    damaged = StoredFiles(home).damaged(ledger)
    told = told_at(contract, ledger, night, without, damaged)
    replaced = {file_key(line) for line in told.replaced}
    shown = {file_key(line) for line in told.shown if not line.is_repeat}
    files = sorted(shown | replaced)
    columns = [column.name for column in contract.columns]
    table = name(FILES_SCHEMA, f"{contract.source}__{contract.table}")
    named = ", ".join(f"{name(column)} string" for column in columns)
    yield f"drop table if exists {table}"
    yield (
        f"create table {table} ({named}, _source_file string, _row_number bigint, "
        "export_date date) using parquet partitioned by (export_date) "
        f"location {text(folder_of(home, contract, bool(files)))}"
    )
    yield f"msck repair table {table}"
    listed = ", ".join(text(file) for file in files) or "null"
    gone = ", ".join(text(file) for file in sorted(replaced)) or "null"
    key = "concat(export_date, '/', _metadata.file_name)"
    selected = ", ".join(name(column) for column in columns)
    view = name(f"raw_{contract.source}", contract.table)
    yield (
        f"create or replace view {view} as select {selected}, _source_file, "
        "coalesce(_row_number, _metadata.row_index + 1) as _row_number, "
        "export_date as _export_date, "
        f"concat({text(f'{contract.source}.{contract.table}/')}, export_date, '/', "
        "left(_metadata.file_name, 16)) as _file_id, "
        f"coalesce({key} in ({gone}), false) as _is_replaced "
        f"from {table} where {key} in ({listed})"
    )


def file_key(line: LedgerLine) -> str:
    """Return a file's date and name, which tell it from all others of its table."""
    return f"{line.export_date.isoformat()}/{Path(line.parquet).name}"


def folder_of(home: Path, contract: Contract, has_files: bool) -> Path:
    """Return the table's folder; where nothing has come yet, that of its empty file."""
    raw = home.resolve() / "raw"
    if has_files:
        return raw / contract.source / contract.table
    return raw / "_contracts" / f"{contract.source}.{contract.table}"
