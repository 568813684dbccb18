"""JSON lines: one object, or one array of objects, on every line.

A scalar becomes its text, an object or array compact JSON text, null becomes NULL. Most
files hold one sound object a line and are read straight through; the others are taken
apart record by record.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb

from orchestration.arrivals.inbox import Arrival
from orchestration.arrivals.readers.broken_rows import (
    GAPS,
    LONGEST_TEXT,
    check_rejects_fit,
    list_rejected_lines,
)
from orchestration.arrivals.readers.plain_text import (
    PlainText,
    UnreadableFileError,
    make_plain,
)
from orchestration.arrivals.readers.workplace import (
    MOST_COLUMNS,
    STORE_REJECTS,
    Reading,
    Workplace,
    check_columns,
    doubled_names,
    forget_rejects,
    row_bytes_of,
    stored_names,
    write_rejects,
    write_rows,
)
from orchestration.home.tables import identifier, literal

FIRST_LINE_BYTES = 1 << 20
SHAPES_FETCHED = 1_000
_BLANK = b" \t\r\n"
_PROBLEM = r"""
    case
        when not json_valid(record) then 'not JSON'
        when json_type(record) <> 'OBJECT' then 'not a JSON object'
        when contains(record, '\u0000') then 'holds a NUL'
    end
"""
_PLACED = f"""
    create or replace temp table placed as
    select number + coalesce(_gap, 0) as line_number, line
    from lines asof left join ({GAPS}) as gaps on lines.number > gaps.read_before
"""
_PARTS = """
    case
        when json_valid(line) and json_type(line) = 'ARRAY'
            then cast(json_extract(line, '$[*]') as varchar[])
        else [line]
    end
"""
_RECORDS = f"""
    create or replace temp table records as
    with
        parted as (
            select
                line_number,
                unnest(range(1, len(parts) + 1)) as part,
                unnest(parts) as record
            from (select line_number, {_PARTS} as parts from placed)
        ),
        named as (
            select
                *,
                {_PROBLEM} as fault,
                case when {_PROBLEM} is null then json_keys(record) end as names
            from parted
        ),
        judged as (
            select
                line_number,
                part,
                record,
                names,
                case
                    when len(names) > len(list_distinct(names))
                        then 'a key occurs twice'
                    else fault
                end as problem
            from named
            union all
            select row_number, 0, raw_text, null, reason
            from rejected_lines
        )
    select row_number() over (order by line_number, part) as position, *
    from judged
"""


def read_jsonl_file(work: Workplace, arrival: Arrival) -> Reading:
    """Read one JSON lines arrival into ``work``'s Parquet files.

    Raises:
        UnreadableFileError: the file breaks its contract as a whole.
        duckdb.Error: the engine cannot read it at all.
    """
    scan = work.start(
        make_plain,
        arrival.path,
        work.plain,
        is_gzip=arrival.is_gzip,
        encoding=arrival.contract.encoding,
        joins_line_ends=True,
    )
    is_plain = not arrival.is_gzip and arrival.contract.encoding == "utf-8"
    path = arrival.path if is_plain else scan.result().path
    work.fit(columns=0, row_bytes=row_bytes_of(path))
    keys = _survey(work, path)
    text = scan.result()
    if keys is not None and text.path == path:
        return _read_objects(work, text, keys, arrival)
    return _read_records(work, text, arrival)


def _select_lines(path: Path, rejects: str = "") -> str:
    """Return a select of the lines; what separates, quotes or is null never occurs."""
    return (
        f"select line as record from read_csv({literal(path)}, "
        "auto_detect = false, columns = {'line': 'VARCHAR'}, header = false, "
        "compression = 'none', delim = chr(7), quote = '', escape = '', "
        f"nullstr = chr(6){rejects})"
    )


def _faults(path: Path) -> Iterator[tuple[int, int]]:
    """Yield of each line that is no text how many faults it has and its length."""
    with path.open("rb") as lines:
        for line in lines:
            separators = line.count(b"\7")
            if separators or not _is_utf8(line) or len(line) > LONGEST_TEXT:
                yield max(separators, 1), len(line)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _survey(work: Workplace, path: Path) -> tuple[str, ...] | None:
    """Return the keys of all objects; None where a line is no plain, sound object.

    Most lines have the keys of the first: to leave those out is cheaper than to sort
    them.
    """
    first = _first_keys(work, path)
    shape = "null" if first is None else f"[{', '.join(map(literal, first))}]"
    try:
        found = work.connection.execute(
            "select distinct names, has_nul from (select try(json_keys(record)) as names, "
            f"contains(record, '\\u0000') as has_nul from ({_select_lines(path)})) "
            "where has_nul or names is null or names is distinct from "
            f"cast({shape} as varchar[])"
        )
        shapes = _fetch_shapes(found)
    except duckdb.InvalidInputException:
        return None
    if first is not None:
        shapes.append((first, False))
    is_sound = all(
        names and len(set(names)) == len(names) and not has_nul
        for names, has_nul in shapes
    )
    return _joined(names for names, _ in shapes) if is_sound else None


def _first_keys(work: Workplace, path: Path) -> list[str] | None:
    """Return the keys of the object on the first line, if there is one."""
    with path.open("rb") as file:
        line = file.readline(FIRST_LINE_BYTES)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if "\0" in text or r"\u0000" in text:
        return None
    row = work.connection.execute(f"select try(json_keys({literal(text)}))").fetchone()
    return row[0] if row else None


def _fetch_shapes(
    found: duckdb.DuckDBPyConnection,
) -> list[tuple[Sequence[str], bool]]:
    """Return what was found, unless it has more keys than a table may have columns.

    Raises:
        UnreadableFileError: it has.
    """
    shapes: list[tuple[Sequence[str], bool]] = []
    keys: set[str] = set()
    while some := found.fetchmany(SHAPES_FETCHED):
        shapes.extend(some)
        keys.update(key for names, *_ in some for key in names or ())
        if len(keys) > MOST_COLUMNS:
            raise UnreadableFileError(f"it has more than {MOST_COLUMNS} columns")
    return shapes


def _joined(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return every key once, in an order that no thread of the engine decides."""
    ordered = sorted(lists, key=lambda names: (-len(names), names))
    return tuple({name: None for names in ordered for name in names})


def _read_objects(
    work: Workplace, text: PlainText, keys: Sequence[str], arrival: Arrival
) -> Reading:
    work.fit(columns=len(keys), row_bytes=row_bytes_of(text.path))
    lines = f"select record from ({_select_lines(text.path)})"
    loaded = write_rows(work, _select_columns(lines, keys, arrival))
    columns = stored_names(keys, arrival.contract)
    rows_in, doubled = _count_lines(text, loaded), doubled_names(keys, arrival.contract)
    is_blank = not rows_in and not keys and is_blank_text(text)
    return Reading(columns, rows_in, loaded, 0, text.ends_open, doubled, is_blank)


def _read_records(work: Workplace, text: PlainText, arrival: Arrival) -> Reading:
    _list_records(work, text)
    found = work.connection.execute(
        "select distinct names, false from records where problem is null"
    )
    keys = _joined(names for names, _ in _fetch_shapes(found))
    work.fit(columns=len(keys), row_bytes=row_bytes_of(text.path))
    good = "select record, position from records where problem is null"
    numbered = _select_columns(good, keys, arrival, position="position as _row_number")
    loaded = write_rows(work, f"{numbered} order by _row_number")
    rejected = write_rejects(
        work,
        arrival,
        "select position as row_number, problem as reason, record as raw_text "
        "from records where problem is not null",
    )
    rows_in = _count_records(work, text)
    columns = stored_names(keys, arrival.contract)
    doubled = doubled_names(keys, arrival.contract)
    is_blank = not rows_in and is_blank_text(text)
    return Reading(
        columns, rows_in, loaded, rejected, text.ends_open, doubled, is_blank
    )


def is_blank_text(text: PlainText) -> bool:
    """Tell whether a text holds nothing but blanks."""
    with text.path.open("rb") as lines:
        return not any(line.strip(_BLANK) for line in lines)


def _list_records(work: Workplace, text: PlainText) -> None:
    """Make the temporary table `records`: every element, unreadable ones included."""
    check_rejects_fit(_faults(text.path))
    forget_rejects(work)
    work.connection.execute(
        "create or replace temp table lines as select * from ("
        "select row_number() over () as number, record as line "
        f"from ({_select_lines(text.path, STORE_REJECTS)})) "
        "where trim(line, ' ' || chr(9) || chr(13)) <> ''"
    )
    list_rejected_lines(work, text.path, header_lines=0)
    work.connection.execute(_PLACED)
    work.connection.execute(_RECORDS)


def _select_columns(
    records: str, keys: Sequence[str], arrival: Arrival, position: str = ""
) -> str:
    columns = stored_names(keys, arrival.contract)
    check_keys(keys, columns, arrival)
    lineage = [f"{literal(arrival.file)} as _source_file", *filter(None, [position])]
    if not keys:
        return f"select {', '.join(lineage)} from ({records})"
    shape = json.dumps(dict.fromkeys(keys, "VARCHAR"), ensure_ascii=False)
    named = [
        f"held.{identifier(key)} as {identifier(column)}"
        for key, column in zip(keys, columns, strict=True)
    ]
    return (
        f"select {', '.join([*named, *lineage])} from (select *, "
        f"json_transform(record, {literal(shape)}) as held from ({records}))"
    )


def check_keys(keys: Sequence[str], columns: Sequence[str], arrival: Arrival) -> None:
    """Check the keys of a file's objects against its contract; no object, no check.

    Raises:
        UnreadableFileError: a required key never occurs, or a key cannot be a column.
    """
    if any(not key or "\0" in key for key in keys):
        raise UnreadableFileError("a key has no name")
    if keys:
        check_columns(columns, arrival)


def _count_records(work: Workplace, text: PlainText) -> int:
    row = work.connection.execute(
        "select (select count(*) from lines) + (select count(*) from rejected_lines), "
        "(select count(*) from records)"
    ).fetchone()
    lines, records = row or (0, 0)
    work.connection.execute("drop table lines; drop table placed; drop table records")
    _count_lines(text, int(lines))
    return int(records)


def _count_lines(text: PlainText, accounted: int) -> int:
    """Return the number of lines that are not blank, counted without the engine.

    Raises:
        UnreadableFileError: it differs from the number read or rejected.
    """
    counted = text.lines
    if counted != accounted:
        with text.path.open("rb") as lines:
            counted = sum(1 for line in lines if line.strip(_BLANK))
    if counted != accounted:
        raise UnreadableFileError(
            f"it has {counted} lines, but only {accounted} could be told apart"
        )
    return counted
