"""The step behind staging: every row is accounted for, broken files are held back."""

from datetime import date

import dagster as dg
import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.arrivals.row_counts import (
    Quarantine,
    count_rows,
    rejecting_models,
    write_counts,
)
from orchestration.building.dbt import Project
from orchestration.building.engines import engine_of
from orchestration.building.stages import run_stage
from orchestration.home.notes import Held, add_held
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night

ROW_COUNTS = dg.AssetKey(["nightpost", "row_counts"])
Result = dg.MaterializeResult[None]


def quarantine_asset(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that counts what staging can read of every file."""
    models = rejecting_models(project.plain["nodes"])

    @dg.asset(
        key=ROW_COUNTS,
        deps=[relation.split(".") for relation in sorted(set(models.values()))],
        group_name="staging",
        description=(
            "What became of every row that came in: rejected at load, unreadable in "
            "staging, or staged. Both sums add up, or the night stops. A file of which "
            "too many rows cannot be read is held back."
        ),
        owners=["team:data-engineering"],
        kinds={"duckdb", "python"},
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def quarantine(context: dg.AssetExecutionContext, night: Night) -> Result:
        as_of = date.fromisoformat(context.partition_key)
        found = quarantine_night(night.settings, project, contracts, as_of)
        for held in found.held:
            context.log.warning(held.reason)
        return dg.MaterializeResult(metadata=counts_metadata(found))

    return quarantine


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
    engine = engine_of(settings)
    if without and engine.keeps_staging:
        engine.show_raw(contracts, night, without)
        run_stage(settings, project, night, "staging")
    return found


def counts_metadata(found: Quarantine) -> dict[str, dg.MetadataValue | int]:
    """Return the sums, and a line per source table that has rows."""
    records = [
        dg.TableRecord(
            {
                "table": f"{count.source}/{count.table}",
                "rows in": count.rows_in,
                "rejected at load": count.rows_rejected,
                "unreadable in staging": count.rows_unreadable,
                "staged": count.rows_staged,
            }
        )
        for count in found.counts
        if count.rows_in
    ]
    return {
        "rows_in": sum(count.rows_in for count in found.counts),
        "rows_staged": sum(count.rows_staged for count in found.counts),
        "held_files": len(found.held),
        "rows": dg.MetadataValue.table(
            records,
            schema=dg.TableSchema(
                columns=[
                    dg.TableColumn("table"),
                    dg.TableColumn("rows in", "int"),
                    dg.TableColumn("rejected at load", "int"),
                    dg.TableColumn("unreadable in staging", "int"),
                    dg.TableColumn("staged", "int"),
                ]
            ),
        ),
    }
