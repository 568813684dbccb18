"""The night's warehouse: begun with what the night may know, and every row accounted for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.export_dates import check_arrived
from orchestration.arrivals.inbox import Unknown
from orchestration.arrivals.loads import Held as HeldFile
from orchestration.arrivals.loads import LoadReport, load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.arrivals.row_counts import (
    Quarantine,
    count_rows,
    rejecting_models,
    write_counts,
)
from orchestration.building.dbt import Project
from orchestration.building.engines import engine_of
from orchestration.building.memory import write_memory
from orchestration.building.stages import run_stage
from orchestration.home.files import private_folder
from orchestration.home.leftovers import remove_leftovers
from orchestration.home.notes import Held, Notice, add_held, add_notices, start_notes
from orchestration.home.published import closed_nights
from orchestration.home.settings import Settings
from orchestration.home.tables import has_table

CLOCK = "clock.run_context"


def load_night(
    settings: Settings, contracts: Sequence[Contract], night: date
) -> LoadReport:
    """Load what is new, and start the night's warehouse with views on what it may know.

    Raises:
        NothingArrivedError: there is no such night.
    """
    check_arrived(settings.home, night)
    start_night(settings, night)
    report = load_arrivals(
        settings.home, contracts, closed_nights(settings), settings.settle_seconds
    )
    add_notices(settings, night, not_taken(report.unknown))
    private_folder(settings.warehouse.parent)
    # a fresh file: nothing of another night, or of a run that was killed, can stay in it
    for leftover in settings.warehouse.parent.glob("nightpost.duckdb*"):
        leftover.unlink()
    with duckdb.connect(str(settings.warehouse)) as connection:
        damages = write_raw_views(connection, settings.home, contracts, night)
        write_memory(connection, settings, night)
    engine_of(settings).show_raw(contracts, night)
    damaged = [
        HeldFile(one.line.source, one.line.table, one.line.file, one.sentence)
        for one in damages
    ]
    report = replace(report, held=(*report.held, *damaged))
    add_held(
        settings,
        night,
        [Held("source", f"{h.source}/{h.table}", h.reason) for h in report.held],
    )
    return report


def start_night(settings: Settings, night: date) -> None:
    """Begin a night: nothing of another run, or of one that was killed, reaches into it."""
    remove_leftovers(settings)
    start_notes(settings, night)


def not_taken(unknown: Sequence[Unknown]) -> Iterator[Notice]:
    """Yield a notice where something lies in the inbox that fits no table."""
    if unknown:
        others = f" So it is with {len(unknown) - 1:,} others." if unknown[1:] else ""
        sentence = f"In the inbox, not taken: {unknown[0].reason}{others}"
        yield Notice("files_not_taken", sentence, len(unknown), "nightpost land --help")


def quarantine_night(
    settings: Settings,
    project: Project,
    contracts: tuple[Contract, ...],
    night: date,
) -> Quarantine:
    """Count the rows of ``night`` and write its views anew without the held files."""
    models = rejecting_models(project.plain["nodes"])
    with duckdb.connect(str(settings.warehouse)) as connection:
        found = count_rows(connection, settings.home, contracts, models, night)
        held = [
            Held("source", f"{one.line.source}/{one.line.table}", one.reason)
            for one in found.held
        ]
        add_held(settings, night, held)
        without = {one.line.file_id for one in found.held}
        write_raw_views(
            connection,
            settings.home,
            contracts,
            night,
            without=without,
        )
        write_counts(connection, found.counts)
    if without:
        engine = engine_of(settings)
        engine.show_raw(contracts, night, without)
        only = None if engine.keeps_staging else staging_tables(project)
        run_stage(settings, project, night, "staging", only=only)
    return found


def staging_tables(project: Project) -> frozenset[str]:
    """Return the models of staging that hold rows, and so those of a held file."""
    nodes = project.plain["nodes"]
    return frozenset(
        one
        for one in project.stages["staging"]
        if nodes[one]["resource_type"] == "model"
        and nodes[one]["config"]["materialized"] == "table"
    )


def warehouse_night(settings: Settings) -> date | None:
    """Return the night that the working warehouse is of; None where it has none yet."""
    if not settings.warehouse.exists():
        return None
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        if not has_table(connection, CLOCK):
            return None
        found = connection.execute(f"select as_of_date from {CLOCK}").fetchone()
    return found[0] if found else None
