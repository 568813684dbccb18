"""Run a segment on marts, locked down and in time, and judge the people that it gives.

Both the preview and the night ask here; the connection reads one database, no file and no
network, and cannot be opened up again.
"""

import duckdb

from orchestration.home.published import in_time
from orchestration.home.redaction import redact
from orchestration.home.settings import Settings
from orchestration.segments.sandbox import SegmentRefusedError

CAUGHT = "caught"
_KEY = "profile_id"
_ABOUT_SQL = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)


def catch_people(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    query: str,
    *,
    is_personal: bool,
) -> None:
    """Put the people of the segment ``name`` into the temporary table `caught`.

    ``is_personal``: it is marked `uses: personalisation`, so refusers may not be in it.

    Raises:
        SegmentRefusedError: it does not run in time and memory, or gives anything else
            than people, each once.
    """
    try:
        with in_time(settings, connection):
            check_columns(connection, name, query)
            connection.execute(
                f"create or replace temporary table {CAUGHT} as "
                f"select {_KEY} from ({query}\n) as segment"
            )
    except duckdb.InterruptException:
        seconds = settings.variable("segment_seconds")
        raise SegmentRefusedError(
            f"{name} took longer than {seconds} seconds and was stopped. Look for a join "
            "without a condition, or a recursion without an end."
        ) from None
    except duckdb.OutOfMemoryException:
        memory = settings.variable("segment_memory")
        raise SegmentRefusedError(
            f"{name} needed more memory than {memory} and was stopped. Look for a join "
            "without a condition, or a recursion without an end."
        ) from None
    except duckdb.Error as error:
        raise SegmentRefusedError(f"{name} cannot be run: {said(error)}") from None
    check_people(connection, name, is_personal=is_personal)


def check_columns(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """Refuse all but the one text column `profile_id`."""
    columns = connection.execute(f"describe ({query}\n)").fetchall()
    names = [str(column) for column, *_ in columns]
    if names != [_KEY]:
        raise SegmentRefusedError(
            f"{name} gives the column(s) {', '.join(names)}; a segment gives exactly one, "
            f"{_KEY}."
        )
    kind = str(columns[0][1])
    if kind != "VARCHAR":
        raise SegmentRefusedError(
            f"{name} gives a {_KEY} of type {kind}; the ids of people are text, as the "
            "marts have them."
        )


def check_people(
    connection: duckdb.DuckDBPyConnection, name: str, *, is_personal: bool
) -> None:
    """Refuse rows without an id, people twice, nobody's ids, and refusers."""
    (without, repeated, unknown, refusers) = counts(connection)
    if without:
        raise SegmentRefusedError(
            f"{name} gives {without:,} row(s) without a {_KEY}; a segment gives people. "
            "Look for an outer join."
        )
    if repeated:
        raise SegmentRefusedError(
            f"{name} names {repeated:,} of its people more than once; a segment names each "
            "once. Look for a join that repeats rows, or select distinct."
        )
    if unknown:
        raise SegmentRefusedError(
            f"{name} gives {unknown:,} id(s) that are nobody's in marts.profiles; a segment "
            f"gives {_KEY} and no other id."
        )
    if refusers and is_personal:
        raise SegmentRefusedError(
            f"{name} is marked `uses: personalisation` and names {refusers:,} people who "
            'have refused that. Leave out who stands in ref("personalisation_refusals").'
        )


def counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int, int]:
    """Return rows without an id, people named twice, nobody's ids, and refusers."""
    queries = (
        f"select count(*) from {CAUGHT} where {_KEY} is null",
        f"select count(*) from (select {_KEY} from {CAUGHT} group by 1 having count(*) > 1)",
        f"select count(*) from {CAUGHT} anti join marts.profiles using ({_KEY})",
        f"select count(*) from {CAUGHT} "
        f"semi join marts.personalisation_refusals using ({_KEY})",
    )
    return (
        number(connection, queries[0]),
        number(connection, queries[1]),
        number(connection, queries[2]),
        number(connection, queries[3]),
    )


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the one number that ``query`` gives."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def refusers_caught(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many of the people caught have refused personalisation."""
    return counts(connection)[3]


def said(error: duckdb.Error) -> str:
    """Return DuckDB's words; those about the SQL text itself quote nobody's data."""
    words = str(error) if isinstance(error, _ABOUT_SQL) else redact(str(error))
    return words.strip()
