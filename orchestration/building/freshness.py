"""Which segments a stale source stops, by its contract.

Consents have their own gate: without tonight's ledger nobody is exported. Other sources
say in their contract whether what depends on them is held (`when_stale: hold`) or goes on
with the last good export (`serve`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.building.dbt import Project
from orchestration.building.stages import HeldSegment, refused_segments
from orchestration.home.settings import Settings


@dataclass(frozen=True)
class StaleSource:
    """A source table whose newest export is older than its contract allows."""

    source: str
    table: str
    newest_export_date: date
    max_age_days: int

    @property
    def unique_id(self) -> str:
        """Its name in dbt's manifest."""
        return f"source.nightpost.{self.source}.{self.table}"


def stale_sources(connection: duckdb.DuckDBPyConnection) -> list[StaleSource]:
    """Return the stale sources whose contract holds what depends on them.

    A source that never arrived is not used here, so it stops nothing.
    """
    rows = connection.execute(
        """
        select source, table_name, newest_export_date, max_age_days
        from staging.stg_nightpost__sources
        where when_stale = 'hold' and not is_fresh and newest_export_date is not null
        order by source, table_name
        """
    ).fetchall()
    return [StaleSource(*row) for row in rows]


def stale_segments(
    project: Project, stale: Sequence[StaleSource]
) -> tuple[HeldSegment, ...]:
    """Return the segments that read one of ``stale``, through whatever lies between."""
    held: dict[str, HeldSegment] = {}
    for source in stale:
        for unique_id in sorted(descendants(project.plain["child_map"], source)):
            if unique_id.startswith("model.") and project.is_segment(unique_id):
                model = unique_id.rpartition(".")[2]
                held.setdefault(
                    model, HeldSegment(model, why_stale(model, source), is_stale=True)
                )
    return tuple(held[model] for model in sorted(held))


def descendants(
    child_map: Mapping[str, Sequence[str]], source: StaleSource
) -> set[str]:
    """Return the unique ids of all that reads ``source``."""
    found: set[str] = set()
    waiting: list[Any] = [source.unique_id]
    while waiting:
        children = set(child_map.get(waiting.pop(), ())) - found
        found |= children
        waiting.extend(children)
    return found


def why_stale(model: str, source: StaleSource) -> str:
    """Return the sentence for a segment that a stale source stops."""
    name = f"{source.source}/{source.table}"
    return (
        f"{model} is held back: it reads {name}, whose newest export is of "
        f"{source.newest_export_date.isoformat()}, and its contract lets that serve for "
        f"{source.max_age_days} days. Land a newer {name} and run the night again."
    )


def find_unfit(settings: Settings, project: Project) -> tuple[HeldSegment, ...]:
    """Return the segments that are not built tonight.

    A stale source stops them, or they do what no segment may.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        stale = stale_segments(project, stale_sources(connection))
    unfit = (*stale, *refused_segments(settings))
    by_model = {segment.model: segment for segment in reversed(unfit)}
    return tuple(by_model[model] for model in sorted(by_model))
