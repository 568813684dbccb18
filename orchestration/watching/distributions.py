"""How scores and features are spread tonight, beside how they were on earlier nights.

Columns are marked in the yml with `drift: true`. Numbers are compared over the deciles
of the earlier night, categories over its most frequent labels. Knows no Dagster; what it
finds stops nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home.settings import Settings
from orchestration.home.tables import identifier
from orchestration.watching.drift_state import earlier_states, read_past, write_tables
from orchestration.watching.psi import (
    CATEGORY,
    DIGITS,
    FEWEST_ROWS,
    NUMBER,
    PREVIOUS,
    REFERENCE,
    Distribution,
    Shift,
    Watched,
    index,
)

DECILES = tuple(tenth / 10 for tenth in range(1, 10))
MOST_LABELS = 20
# A label of fewer rows may be one person's; it is counted, and never read or kept.
FEWEST_ROWS_OF_A_LABEL = 10
_NUMBER_TYPE = re.compile(
    r"DECIMAL\(\d+,\d+\)|(TINY|SMALL|BIG|HUGE)INT|INTEGER|FLOAT|DOUBLE"
)
_SEPARATOR = "\x1f"


def watched_columns(nodes: Mapping[str, Any]) -> tuple[Watched, ...]:
    """Return the columns that dbt's ``nodes`` mark with `meta: {drift: true}`."""
    return tuple(
        sorted(
            Watched(f"{node['schema']}.{node['name']}", name)
            for node in nodes.values()
            if node["resource_type"] == "model"
            for name, column in node["columns"].items()
            if meta_of(column).get("drift") is True
        )
    )


def meta_of(column: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `meta` of a column, wherever dbt keeps it."""
    return {
        **(column.get("meta") or {}),
        **((column.get("config") or {}).get("meta") or {}),
    }


def step(
    connection: duckdb.DuckDBPyConnection,
    as_of: date,
    watched: Sequence[Watched],
    history: Sequence[tuple[date, Path]],
) -> tuple[Shift, ...]:
    """Measure ``watched`` for the night ``as_of`` and write its two tables.

    ``history`` are earlier nights with the files of their distributions. A column that
    the warehouse does not have, or of no type that can be spread, is left out. A mart is
    read three times at most, however many of its columns are watched.

    Raises:
        duckdb.Error: a mart or a file of ``history`` cannot be read.
    """
    past = read_past(connection, as_of, history)
    own: dict[Watched, Distribution] = {}
    shifts: list[Shift] = []
    for mart in sorted({one.mart for one in watched}):
        kinds = read_kinds(connection, mart, [w for w in watched if w.mart == mart])
        for kind, measure in ((NUMBER, measure_numbers), (CATEGORY, measure_labels)):
            columns = [one for one, its_kind in kinds.items() if its_kind == kind]
            if not columns:
                continue
            references = {
                one: {
                    role: then.bounds
                    for role, (_, then) in past.get(one, {}).items()
                    if then.kind == kind
                }
                for one in columns
            }
            for one, measured in measure(connection, mart, columns, references).items():
                own[one] = measured.own
                shifts += compare(one, measured, past.get(one, {}))
    write_tables(connection, own, shifts)
    return tuple(shifts)


@dataclass(frozen=True)
class Measured:
    """A column tonight: in its own bins, and in those of earlier nights."""

    own: Distribution
    in_bins_of: Mapping[str, Distribution]


def compare(
    watched: Watched, measured: Measured, past: Mapping[str, tuple[date, Distribution]]
) -> Iterator[Shift]:
    """Yield the shift against the previous night and against the reference."""
    for role in (PREVIOUS, REFERENCE):
        night, then = past.get(role, (None, None))
        now = measured.in_bins_of.get(role)
        is_known = (
            then is not None
            and now is not None
            and min(then.rows, now.rows) >= FEWEST_ROWS
            # a score that nobody had yet has not moved; one that nobody has any more has
            and (then.nulls < then.rows or now.nulls == now.rows)
        )
        psi = index(then, now) if is_known and then and now else None
        yield Shift(watched, role, night, measured.own.rows, psi)


def read_kinds(
    connection: duckdb.DuckDBPyConnection, mart: str, watched: Sequence[Watched]
) -> dict[Watched, str]:
    """Return what each watched column of ``mart`` is: a number or a category."""
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name || '.' || table_name = ?",
        [mart],
    ).fetchall()
    types = {str(name): str(kind) for name, kind in rows}
    kinds = {one: kind_of(types.get(one.column, "")) for one in watched}
    return {one: kind for one, kind in kinds.items() if kind}


def kind_of(data_type: str) -> str | None:
    """Return whether a type is spread as a number, as a category, or not at all."""
    if data_type in ("VARCHAR", "BOOLEAN"):
        return CATEGORY
    return NUMBER if _NUMBER_TYPE.fullmatch(data_type) else None


def measure_numbers(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    columns: Sequence[Watched],
    references: Mapping[Watched, Mapping[str, tuple[Any, ...]]],
) -> dict[Watched, Measured]:
    """Count numbers by their own deciles and by the edges of earlier nights.

    Deciles that are the same value are one edge, so a column of few values has fewer
    bins. What is not finite counts as null.
    """
    values = ", ".join(
        f"case when isfinite(cast({identifier(one.column)} as double)) "
        f"then round(cast({identifier(one.column)} as double), {DIGITS}) end as v{at}"
        for at, one in enumerate(columns)
    )
    source = f"(select {values} from {quoted(mart)})"
    listed = ", ".join(
        f"quantile_disc(v{at}, {list(DECILES)})" for at in range(len(columns))
    )
    deciles = connection.execute(f"select {listed} from {source}").fetchone() or ()
    bounds = {
        one: {"own": tuple(sorted(set(found or ()))), **references.get(one, {})}
        for one, found in zip(columns, deciles, strict=True)
    }
    selected: list[str] = ["count(*)"]
    edges: list[float] = []
    for at, one in enumerate(columns):
        selected.append(f"count(v{at})")
        for its_edges in bounds[one].values():
            selected += [f"count(*) filter (where v{at} <= ?)"] * len(its_edges)
            edges += its_edges
    counted = connection.execute(
        f"select {', '.join(selected)} from {source}", edges
    ).fetchone()
    numbers = iter(counted or [0] * len(selected))
    rows, measured = next(numbers), {}
    for one in columns:
        filled = next(numbers)
        by_role = {
            role: Distribution(
                NUMBER,
                its_edges,
                tuple(steps([next(numbers) for _ in its_edges], filled)),
                rows - filled,
            )
            for role, its_edges in bounds[one].items()
        }
        measured[one] = Measured(by_role.pop("own"), by_role)
    return measured


def steps(running: Sequence[int], total: int) -> Iterator[int]:
    """Yield the differences of a running count, and what is left of ``total``."""
    before = 0
    for count in (*running, total):
        yield count - before
        before = count


def measure_labels(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    columns: Sequence[Watched],
    references: Mapping[Watched, Mapping[str, tuple[Any, ...]]],
) -> dict[Watched, Measured]:
    """Count categories by their own most frequent labels and by those of earlier nights."""
    names = [f"v{at}" for at in range(len(columns))]
    values = ", ".join(
        f"cast({identifier(one.column)} as varchar) as {name}"
        for one, name in zip(columns, names, strict=True)
    )
    which = " ".join(f"when grouping({n}) = 0 then {at}" for at, n in enumerate(names))
    label = " ".join(f"when grouping({name}) = 0 then {name}" for name in names)
    asked = [
        f"{at}{_SEPARATOR}{one_label}"
        for at, one in enumerate(columns)
        for labels in references.get(one, {}).values()
        for one_label in labels
    ]
    rows = connection.execute(
        f"""
        with
            grouped as (
                select case {which} end as col, case {label} end as label, count(*) as n
                from (select {values} from {quoted(mart)})
                group by grouping sets ({", ".join(f"({name})" for name in names)})
            ),
            ranked as (
                select
                    *, row_number() over (partition by col order by n desc, label) as place
                from grouped
                where label is not null
            ),
            judged as (
                select
                    *, place <= {MOST_LABELS} and n >= {FEWEST_ROWS_OF_A_LABEL} as is_own,
                    list_contains($1, col || '{_SEPARATOR}' || label) as is_asked
                from ranked
            )
        select col, label, n, is_own from judged where is_own or is_asked
        union all
        select col, null, sum(n), false
        from judged where not (is_own or is_asked) group by col
        union all
        select col, null, n, null from grouped where label is null
        order by all
        """,
        [asked],
    ).fetchall()
    measured: dict[Watched, Measured] = {}
    for at, one in enumerate(columns):
        labelled = {
            text: (n, own) for a, text, n, own in rows if a == at and text is not None
        }
        nulls = sum(n for a, text, n, own in rows if a == at and own is None)
        filled = sum(n for a, _, n, own in rows if a == at and own is not None)
        counts = {text: int(n) for text, (n, _) in labelled.items()}
        own_labels = sorted(
            (text for text, (_, own) in labelled.items() if own),
            key=lambda text: (-counts[text], text),
        )
        measured[one] = Measured(
            by_labels(own_labels, counts, int(filled), int(nulls)),
            {
                role: by_labels(labels, counts, int(filled), int(nulls))
                for role, labels in references.get(one, {}).items()
            },
        )
    return measured


def by_labels(
    labels: Sequence[str], counts: Mapping[str, int], filled: int, nulls: int
) -> Distribution:
    """Return the rows by ``labels``; what has none of them is the last bin."""
    named = [counts.get(label, 0) for label in labels]
    return Distribution(CATEGORY, tuple(labels), (*named, filled - sum(named)), nulls)


def quoted(mart: str) -> str:
    """Return a table's name quoted for SQL."""
    return ".".join(identifier(part) for part in mart.split("."))


def measure_night(
    settings: Settings,
    warehouse: duckdb.DuckDBPyConnection,
    as_of: date,
    watched: Sequence[Watched],
) -> tuple[Shift, ...]:
    """Measure ``watched`` in the warehouse against what earlier nights left.

    Raises:
        duckdb.Error: the warehouse or a file of the state cannot be read.
    """
    history = earlier_states(settings, "distributions", as_of)
    return step(warehouse, as_of, watched, history)


def drifted(shifts: Sequence[Shift]) -> list[str]:
    """Return a sentence for each column that drifted."""
    return [shift.sentence for shift in shifts if shift.verdict == "drifted"]
