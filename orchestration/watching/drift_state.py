"""What a night leaves of its distributions for later nights, and what it reads of theirs.

Tables of the warehouse that publication copies into the state: a night that was never
published leaves nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.home.settings import Settings
from orchestration.watching.psi import (
    FEWEST_ROWS,
    NUMBER,
    PREVIOUS,
    REFERENCE,
    Distribution,
    Shift,
    Watched,
)

REFERENCE_AGE = timedelta(days=28)
NULL_BIN = -1
TABLES = {
    "distributions": "drift.distributions",
    "drift": "drift.psi",
    "predictions": "predictions.kept",
}

Past = Mapping[Watched, Mapping[str, tuple[date, Distribution]]]


def read_past(
    connection: duckdb.DuckDBPyConnection,
    as_of: date,
    history: Sequence[tuple[date, Path]],
) -> Past:
    """Return for each column what tonight is compared with.

    The previous night is the newest before tonight. The reference is the newest that is
    at least 28 nights old and had 500 rows, and values in them; while there is none, the
    oldest that had.
    """
    by_night = {
        night: read_distributions(connection, path)
        for night, path in relevant(as_of, history)
    }
    past: dict[Watched, dict[str, tuple[date, Distribution]]] = defaultdict(dict)
    for night in sorted(by_night):
        for one, then in by_night[night].items():
            if then.rows >= FEWEST_ROWS and then.nulls < then.rows:
                past[one].setdefault(REFERENCE, (night, then))
    if by_night:
        newest = max(by_night)
        for one, then in by_night[newest].items():
            past[one][PREVIOUS] = (newest, then)
    return past


def relevant(
    as_of: date, history: Iterable[tuple[date, Path]]
) -> Iterator[tuple[date, Path]]:
    """Yield the newest night that is 28 nights old and all after it, before tonight."""
    earlier = sorted((night, path) for night, path in history if night < as_of)
    old = [one for one in earlier if as_of - one[0] >= REFERENCE_AGE]
    yield from old[-1:]
    yield from (one for one in earlier if as_of - one[0] < REFERENCE_AGE)


def read_distributions(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> dict[Watched, Distribution]:
    """Return the distributions that one night left."""
    rows = connection.execute(
        "select mart, column_name, kind, bin, upper_edge, label, row_count "
        "from read_parquet(?, hive_partitioning = false) order by mart, column_name, bin",
        [str(path)],
    ).fetchall()
    found: dict[Watched, list[tuple[Any, ...]]] = defaultdict(list)
    for mart, column, *bin_of in rows:
        found[Watched(mart, column)].append(tuple(bin_of))
    distributions = {}
    for one, bins in found.items():
        (_, _, _, _, nulls), *filled = bins
        kind = filled[0][0]
        at = 2 if kind == NUMBER else 3
        distributions[one] = Distribution(
            kind,
            tuple(bin_of[at] for bin_of in filled[:-1]),
            tuple(bin_of[4] for bin_of in filled),
            nulls,
        )
    return distributions


def write_tables(
    connection: duckdb.DuckDBPyConnection,
    own: Mapping[Watched, Distribution],
    shifts: Sequence[Shift],
) -> None:
    """Write tonight's bins and figures into the warehouse, both or none."""
    bins = [
        (one.mart, one.column, spread.kind, number, edge, label, count)
        for one, spread in sorted(own.items())
        for number, edge, label, count in bins_of(spread)
    ]
    figures = [
        (
            shift.watched.mart, shift.watched.column, shift.compared_with, shift.night,
            shift.rows, shift.psi, shift.verdict,
        )
        for shift in shifts
    ]  # fmt: skip
    connection.execute("begin")
    connection.execute(
        """
        create schema if not exists drift;
        create or replace table drift.distributions (
            mart varchar, column_name varchar, kind varchar, bin integer,
            upper_edge double, label varchar, row_count bigint
        );
        create or replace table drift.psi (
            mart varchar, column_name varchar, compared_with varchar,
            reference_date date, row_count bigint, psi double, verdict varchar
        );
        """
    )
    for table, rows in (("distributions", bins), ("psi", figures)):
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into drift.{table} values ({marks})", rows)
    connection.execute("commit")


def bins_of(
    spread: Distribution,
) -> Iterator[tuple[int, float | None, str | None, int]]:
    """Yield a distribution's bins: number, upper edge, label, rows. -1 has no value."""
    yield NULL_BIN, None, None, spread.nulls
    bounds: Sequence[Any] = (*spread.bounds, None)
    for number, (bound, count) in enumerate(zip(bounds, spread.counts, strict=True)):
        is_number = spread.kind == NUMBER
        yield number, bound if is_number else None, None if is_number else bound, count


def earlier_states(
    settings: Settings, name: str, night: date
) -> list[tuple[date, Path]]:
    """Return the published files of the state ``name`` of nights before ``night``.

    A night's link in the outbox names its run, and so its file; what a killed
    publication of another run left behind is not read.
    """
    found = [
        (date.fromisoformat(folder.name.partition("=")[2]), folder)
        for folder in (settings.state / name).glob("night=*")
    ]
    return [
        (day, file)
        for day, folder in sorted(found)
        if day < night and (file := published_state(settings, folder)) is not None
    ]


def published_state(
    settings: Settings, folder: Path, suffix: str = ".parquet"
) -> Path | None:
    """Return the file of a night's state folder that its published run left, if any."""
    run = settings.outbox / folder.name.partition("=")[2]
    file = folder / f"{run.resolve().name}{suffix}"
    return file if file.exists() else None


def read_shifts(settings: Settings, night: date) -> tuple[Shift, ...] | None:
    """Return the figures of a published night; None where it has none."""
    folder = settings.state / "drift" / f"night={night.isoformat()}"
    if (file := published_state(settings, folder)) is None:
        return None
    rows = duckdb.execute(
        "select mart, column_name, compared_with, reference_date, row_count, psi "
        "from read_parquet(?, hive_partitioning = false) "
        "order by mart, column_name, compared_with",
        [str(file)],
    ).fetchall()
    return tuple(
        Shift(Watched(mart, column), role, day, count, psi)
        for mart, column, role, day, count, psi in rows
    )
