"""Show at once whom a segment catches, on the night that is published.

Analyst SQL runs on a connection that can read the published tables and nothing else.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.publish import Published, read_current
from orchestration.redaction import redact
from orchestration.segment_sql import SegmentSqlRefusedError, plain_sql
from orchestration.settings import Settings

SAMPLE = 10
SECONDS_ALLOWED = 60
MEMORY_ALLOWED = "2GB"
BLANK = "(nobody)"


class PreviewRefusedError(Exception):
    """The segment cannot be previewed; the message says what to change."""


@dataclass(frozen=True)
class Preview:
    """Whom a segment catches: people, those we may write to, a sample, the overlaps."""

    name: str
    published: Published
    size: int
    reachable: int
    reasons: tuple[tuple[str, int], ...]
    sample: tuple[tuple[str, str, str, str], ...]
    overlap: tuple[tuple[str, int], ...]


def preview_segment(settings: Settings, segment: str) -> str:
    """Return the preview of a segment's name or SQL file as text for a terminal.

    Raises:
        NothingPublishedError: there is no night to look at yet.
        PreviewRefusedError: no such segment, or its SQL cannot be run.
    """
    published = read_current(settings)
    database = settings.home / published.database
    if not database.exists():
        raise PreviewRefusedError(
            f"The published database {published.database} is gone. Run the night again: "
            f"nightpost run --date {published.night}."
        )
    with locked_down(database) as connection:
        name, query = segment_query(settings, connection, segment)
        try:
            return as_text(look(connection, name, query, published))
        except duckdb.InterruptException:
            raise PreviewRefusedError(
                f"{name} took longer than {SECONDS_ALLOWED} seconds and was stopped. "
                "Look for a join without a condition."
            ) from None
        except duckdb.Error as error:
            raise PreviewRefusedError(f"{name} cannot be run: {said(error)}") from None


@contextmanager
def locked_down(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that reads this one database and no file, and ends in time."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_ALLOWED}'")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        timer = threading.Timer(SECONDS_ALLOWED, connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield connection
        finally:
            timer.cancel()


def segment_query(
    settings: Settings, connection: duckdb.DuckDBPyConnection, segment: str
) -> tuple[str, str]:
    """Return the name and the query of a segment given by name or as a file."""
    tables = {name: f"{schema}.{name}" for schema, name in published_tables(connection)}
    if segment.endswith(".sql"):
        try:
            query = plain_sql(settings, Path(segment), tables)
        except SegmentSqlRefusedError as error:
            raise PreviewRefusedError(str(error)) from None
        return Path(segment).stem, checked(connection, Path(segment).stem, query)
    model = segment if segment.startswith("seg_") else f"seg_{segment}"
    if model not in tables:
        known = ", ".join(sorted(name for name in tables if name.startswith("seg_")))
        raise PreviewRefusedError(
            f"The published night has no segment {model}. It has: {known}. A segment that "
            "is not built yet can be previewed by its file: nightpost preview PATH.sql"
        )
    return model, f"select profile_id from {tables[model]}"


def published_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return schema and name of every published table."""
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables()"
    ).fetchall()
    return [(str(schema), str(name)) for schema, name in rows]


def checked(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> str:
    """Return ``query`` without its final semicolon; refuse all but one plain select.

    Raises:
        PreviewRefusedError: it is not one select, or has not exactly the column profile_id.
    """
    try:
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise PreviewRefusedError(
                f"{name} must be one select statement and nothing else."
            )
        text = query.strip().rstrip(";")
        columns = [
            str(row[0]) for row in connection.execute(f"describe ({text}\n)").fetchall()
        ]
    except duckdb.Error as error:
        raise PreviewRefusedError(f"{name} cannot be run: {said(error)}") from None
    if columns != ["profile_id"]:
        raise PreviewRefusedError(
            f"{name} gives the column(s) {', '.join(columns)}; a segment gives exactly one, "
            "profile_id."
        )
    return text


def said(error: duckdb.Error) -> str:
    """Return DuckDB's words; those about the SQL text itself quote nobody's data."""
    about_sql = (
        duckdb.ParserException,
        duckdb.BinderException,
        duckdb.CatalogException,
    )
    return (str(error) if isinstance(error, about_sql) else redact(str(error))).strip()


def look(
    connection: duckdb.DuckDBPyConnection, name: str, query: str, published: Published
) -> Preview:
    """Run ``query`` once and count, sample and compare what it catches."""
    connection.execute(
        f"create temporary table caught as select distinct profile_id from ({query}\n) as q"
    )
    reach = connection.execute(
        """
        select coalesce(exclusion_reason, ''), count(*)
        from caught left join activation.act_contactable_profiles using (profile_id)
        group by all order by 2 desc, 1
        """
    ).fetchall()
    sample = connection.execute(
        f"""
        select
            caught.profile_id, coalesce(first_name, ''), coalesce(country_code, ''),
            case when contactable.profile_id is null then 'not a known person'
            else coalesce(exclusion_reason, 'may be written to') end
        from caught
        left join marts.profiles using (profile_id)
        left join activation.act_contactable_profiles as contactable using (profile_id)
        order by caught.profile_id limit {SAMPLE}
        """
    ).fetchall()
    overlap = connection.execute(
        """
        select segment, count(*)
        from caught inner join activation.act_segment_memberships using (profile_id)
        group by all order by 2 desc, 1
        """
    ).fetchall()
    return Preview(
        name=name,
        published=published,
        size=sum(count for _, count in reach),
        reachable=dict(reach).get("", 0),
        reasons=tuple((reason, count) for reason, count in reach if reason),
        sample=tuple(sample),
        overlap=tuple(
            (slug, count) for slug, count in overlap if f"seg_{slug}" != name
        ),
    )


def as_text(preview: Preview) -> str:
    """Return a preview as lines for a terminal."""
    share = preview.reachable / preview.size if preview.size else 0.0
    return "\n".join(
        [
            f"{preview.name} on the night of {preview.published.night}",
            "",
            f"  caught        {preview.size:>10,}",
            f"  reachable     {preview.reachable:>10,}   {share:.1%} may be written to",
            *(
                f"  not reachable {count:>10,}   {reason}"
                for reason, count in preview.reasons
            ),
            "",
            "Also in",
            *(
                f"  {slug:<24}{count:>10,}   {count / preview.size:.1%} of it"
                for slug, count in preview.overlap
            ),
            *([] if preview.overlap else [f"  {BLANK}"]),
            "",
            f"The first {len(preview.sample)} by profile_id",
            *(
                "  " + "  ".join(printable(cell) for cell in row)
                for row in preview.sample
            ),
            *([] if preview.sample else [f"  {BLANK}"]),
        ]
    )


def printable(cell: str) -> str:
    """Return a cell without characters that a terminal would act on."""
    return "".join(sign if sign.isprintable() else "·" for sign in cell)
