"""Show at once whom a segment catches, on the night that is published.

A segment is judged and run exactly as a night does it (`segments/gate.py`), on a connection
that can read the published tables and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.home.published import Published, locked_down, read_current
from orchestration.home.settings import Settings
from orchestration.segments.caught import catch_people, refusers_caught
from orchestration.segments.described import is_personal
from orchestration.segments.gate import checked_query
from orchestration.segments.sandbox import READABLE, SegmentRefusedError

SAMPLE = 10
BLANK = "(nobody)"


class PreviewRefusedError(Exception):
    """There is nothing to preview, or no night would build it; the message says why."""


@dataclass(frozen=True)
class Preview:
    """Whom a segment catches: people, those we may write to, a sample, the overlaps."""

    name: str
    published: Published
    size: int
    reachable: int
    refusers: int
    reasons: tuple[tuple[str, int], ...]
    sample: tuple[tuple[str, str, str, str], ...]
    overlap: tuple[tuple[str, int], ...]


def preview_segment(settings: Settings, segment: str) -> str:
    """Return the preview of a segment's name or SQL file as text for a terminal.

    Raises:
        NothingPublishedError: there is no night to look at yet.
        PreviewRefusedError: no such segment, or a night would not build it.
    """
    published = read_current(settings)
    database = settings.home / published.database
    if not database.exists():
        raise PreviewRefusedError(
            f"The published database {published.database} is gone. Run the night again: "
            f"nightpost run --date {published.night}."
        )
    try:
        with locked_down(settings, database) as connection:
            return as_text(look(settings, connection, segment, published))
    except SegmentRefusedError as error:
        raise PreviewRefusedError(str(error)) from None


def segment_query(
    settings: Settings, tables: Mapping[tuple[str, str], str], segment: str
) -> tuple[str, str]:
    """Return the name and the query of a segment given by name or as a file.

    ``tables`` are the published ones, by schema and name.
    """
    if segment.endswith(".sql"):
        marts = {
            name: tables[schema, name] for schema, name in tables if schema in READABLE
        }
        return Path(segment).stem, checked_query(settings, Path(segment), marts)
    model = segment if segment.startswith("seg_") else f"seg_{segment}"
    if ("segments", model) not in tables:
        known = sorted(name for schema, name in tables if schema == "segments")
        raise PreviewRefusedError(
            f"The published night has no segment {model}. It has: "
            f"{', '.join(known) or 'none'}. A segment that is not built yet can be "
            "previewed by its file: nightpost preview PATH.sql"
        )
    return model, f"select profile_id from {tables['segments', model]}"


def published_tables(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], str]:
    """Return every published table as `schema.name`, by schema and name."""
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() where not temporary "
        "order by all"
    ).fetchall()
    return {(str(schema), str(name)): f"{schema}.{name}" for schema, name in rows}


def look(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    segment: str,
    published: Published,
) -> Preview:
    """Run a segment once, as a night does, and count, sample and compare what it catches."""
    name, query = segment_query(settings, published_tables(connection), segment)
    marked = is_personal(Path(segment)) if segment.endswith(".sql") else False
    catch_people(settings, connection, name, query, is_personal=bool(marked))
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
        refusers=refusers_caught(connection) if marked is None else 0,
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
            *(
                [
                    f"  {preview.refusers:,} of them have refused personalisation; a yml that "
                    "says `uses: personalisation` would hold the segment back.",
                ]
                if preview.refusers
                else []
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
