"""The step behind staging: every row is accounted for, broken files are held back."""

import dagster as dg

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.row_counts import (
    Quarantine,
    rejecting_models,
)
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night

ROW_COUNTS = dg.AssetKey(["nightpost", "row_counts"])
Result = dg.MaterializeResult[None]


def row_counts_asset(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that counts what staging can read of every file."""
    models = rejecting_models(project.plain["nodes"])

    spec = dg.AssetSpec(
        ROW_COUNTS,
        deps=[relation.split(".") for relation in sorted(set(models.values()))],
        group_name="staging",
        description=(
            "What became of every row that came in: rejected at load, unreadable in "
            "staging, or staged. Both sums add up, or the night stops. A file of which "
            "too many rows cannot be read is held back."
        ),
        owners=["team:data-engineering"],
        kinds={"duckdb", "python"},
    )

    @dg.multi_asset(
        name="row_counts",
        specs=[spec],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def row_counts(context: dg.AssetExecutionContext, night: Night) -> Result:
        found = steps.count_rows(
            night.tonight(project, contracts, context.partition_key)
        )
        for held in found.held:
            context.log.warning(held.reason)
        return dg.MaterializeResult(
            asset_key=ROW_COUNTS, metadata=counts_metadata(found)
        )

    return row_counts


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
