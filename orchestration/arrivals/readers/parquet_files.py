"""Parquet: every column as text, nested values as compact JSON text."""

from collections.abc import Mapping

from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.readers.plain_text import (
    BOMB_BYTES,
    BOMB_RATIO,
    UnreadableFileError,
)
from orchestration.arrivals.readers.workplace import (
    Reading,
    Workplace,
    check_columns,
    doubled_names,
    stored_names,
    write_rows,
)
from orchestration.home.tables import identifier, literal

_NESTED = ("STRUCT", "MAP", "UNION")
_LENGTHS = {"VARCHAR": "strlen", "BLOB": "octet_length"}
_NUMBER_BYTES = 16


def read_parquet_file(work: Workplace, arrival: Arrival) -> Reading:
    """Read one Parquet arrival into ``work``'s Parquet file of loaded rows.

    Raises:
        UnreadableFileError: the file breaks its contract as a whole.
        duckdb.Error: the engine cannot read it at all.
    """
    source = f"read_parquet({literal(arrival.path)}, hive_partitioning = false)"
    types = work.connection.execute(f"describe select * from {source}").fetchall()
    names = _written_names(work, arrival)
    columns = stored_names(names, arrival.contract)
    check_columns(columns, arrival)
    work.fit(columns=len(columns), row_bytes=0)
    row = work.connection.execute(
        f"select sum(num_rows) from parquet_file_metadata({literal(arrival.path)})"
    ).fetchone()
    rows_in = int(row[0] or 0) if row else 0
    texts = {
        str(name): _LENGTHS[str(kind)]
        for name, kind, *_ in types
        if str(kind) in _LENGTHS
    }
    held = _text_bytes(work, source, texts)
    if held > max(BOMB_BYTES, BOMB_RATIO * arrival.path.stat().st_size):
        raise UnreadableFileError("its texts unpack to more than 200 times its size")
    others = _NUMBER_BYTES * (len(columns) - len(texts))
    work.fit(columns=len(columns), row_bytes=held / max(rows_in, 1) + others)
    selected = ", ".join(
        _as_text(str(name), str(kind), stored)
        for (name, kind, *_), stored in zip(types, columns, strict=True)
    )
    loaded = write_rows(
        work,
        f"select {selected}, {literal(arrival.file)} as _source_file from {source}",
    )
    doubled = doubled_names(names, arrival.contract)
    return Reading(columns, rows_in, loaded, 0, doubled=doubled)


def _written_names(work: Workplace, arrival: Arrival) -> tuple[str, ...]:
    """Return the names of the columns as written; the engine's are all different."""
    elements = work.connection.execute(
        f"select name, coalesce(num_children, 0) from parquet_schema({literal(arrival.path)})"
    ).fetchall()
    names: list[str] = []
    below = 0  # how many elements of the column at hand are still to come
    for name, children in elements[1:]:
        if below == 0:
            names.append(str(name))
            below = 1
        below += int(children) - 1
    return tuple(names)


def _text_bytes(work: Workplace, source: str, columns: Mapping[str, str]) -> int:
    """Return how many bytes of text ``columns`` hold; each has a function that counts.

    A page says a repeated text once, so a small file may stand for very much text.
    """
    if not columns:
        return 0
    total = " + ".join(
        f"coalesce(sum({count}({identifier(name)})), 0)"
        for name, count in columns.items()
    )
    row = work.connection.execute(f"select {total} from {source}").fetchone()
    return int(row[0] or 0) if row else 0


def _as_text(name: str, kind: str, stored: str) -> str:
    is_nested = kind.startswith(_NESTED) or kind.endswith("]")
    value = f"to_json({identifier(name)})" if is_nested else identifier(name)
    return f"cast({value} as varchar) as {identifier(stored)}"
