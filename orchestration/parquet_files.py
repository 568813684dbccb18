"""Parquet: every column as text, nested values as compact JSON text."""

from orchestration.inbox import Arrival
from orchestration.readers import (
    Reading,
    Workplace,
    check_columns,
    identifier,
    literal,
    stored_names,
    write_rows,
)

_NESTED = ("STRUCT", "MAP", "UNION")


def read_parquet_file(work: Workplace, arrival: Arrival) -> Reading:
    """Read one Parquet arrival into ``work``'s Parquet file of loaded rows.

    Raises:
        UnreadableFileError: the file breaks its contract as a whole.
        duckdb.Error: the engine cannot read it at all.
    """
    source = f"read_parquet({literal(arrival.path)}, hive_partitioning = false)"
    types = work.connection.execute(f"describe select * from {source}").fetchall()
    names = tuple(str(column[0]) for column in types)
    columns = stored_names(names, arrival.contract)
    check_columns(columns, arrival)
    texts = ", ".join(
        _as_text(str(name), str(kind), stored)
        for (name, kind, *_), stored in zip(types, columns, strict=True)
    )
    loaded = write_rows(
        work,
        f"select {texts}, {literal(arrival.file)} as _source_file from {source}",
    )
    row = work.connection.execute(
        f"select sum(num_rows) from parquet_file_metadata({literal(arrival.path)})"
    ).fetchone()
    return Reading(columns, int(row[0] or 0) if row else 0, loaded, 0)


def _as_text(name: str, kind: str, stored: str) -> str:
    is_nested = kind.startswith(_NESTED) or kind.endswith("]")
    value = f"to_json({identifier(name)})" if is_nested else identifier(name)
    return f"cast({value} as varchar) as {identifier(stored)}"
