"""The first step of a night: take what lies in the inbox, show the night what it may know."""

from collections.abc import Iterator

import dagster as dg
import duckdb

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.loads import LoadReport
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.home.standings import CHANGES
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import owner_of

Result = dg.MaterializeResult[None]
OWN_TABLES = (
    *("arrivals", "sources", "refused_rows", "audiences", "sends", "templates"),
    *CHANGES,
)


def load_assets(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that loads every source table, one asset a table."""

    @dg.multi_asset(
        name="load",
        specs=[
            *(source_spec(project, contract) for contract in contracts),
            *own_specs(),
        ],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def load(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        report = steps.load(night.tonight(project, contracts, context.partition_key))
        for held in report.held:
            context.log.warning(held.reason)
        for line in report.loaded:
            if line.known_from > line.export_date:
                context.log.warning(
                    f"{line.source}/{line.table}/{line.file} came after its night was "
                    f"published; it counts from {line.known_from.isoformat()} on."
                )
        for line in report.replaced:
            context.log.info(
                f"{line.source}/{line.table}/{line.file} is replaced by a newer file; "
                "nights that knew it still do."
            )
        for warning in report.warnings:
            context.log.warning(warning)
        for unknown in report.unknown:
            context.log.info(unknown.reason)
        yield from load_events(night.settings, contracts, report)

    return load


def source_spec(project: Project, contract: Contract) -> dg.AssetSpec:
    """Return the asset of one source table; its key is the one that dbt gives the source."""
    node = project.plain["sources"][
        f"source.nightpost.{contract.source}.{contract.table}"
    ]
    owner = owner_of({"meta": node.get("source_meta"), "config": node.get("config")})
    return dg.AssetSpec(
        [contract.source, contract.table],
        group_name="raw",
        description=f"{node['description']}\n\n{node['source_description']}",
        owners=[f"team:{owner}"] if owner else [],
        kinds={"parquet"},
    )


def own_specs() -> list[dg.AssetSpec]:
    """Return the assets of what Nightpost itself tells the night."""
    return [
        dg.AssetSpec(
            ["nightpost", table],
            group_name="raw",
            description=f"What Nightpost itself knows: {table}.",
            owners=["team:data-engineering"],
            kinds={"duckdb"},
        )
        for table in OWN_TABLES
    ]


def load_events(
    settings: Settings, contracts: tuple[Contract, ...], report: LoadReport
) -> Iterator[Result]:
    """Yield a materialisation per source table: files and rows of this run, rows known."""
    known = rows_known(settings)
    for contract in contracts:
        table = f"{contract.source}/{contract.table}"
        new = [line for line in report.loaded if f"{line.source}/{line.table}" == table]
        yield dg.MaterializeResult(
            asset_key=[contract.source, contract.table],
            metadata={
                "dagster/row_count": known.get(table, 0),
                "new_files": len(new),
                "new_rows": sum(line.rows_loaded for line in new),
                "rejected_rows": sum(line.rows_rejected for line in new),
                "files_without_proof_of_wholeness": sum(
                    line.proof == "none" for line in new
                ),
                "repeated_files": sum(
                    f"{a.contract.source}/{a.contract.table}" == table
                    for a in report.repeated
                ),
                "replaced_files": sum(
                    f"{line.source}/{line.table}" == table for line in report.replaced
                ),
                "held_files": sum(
                    f"{h.source}/{h.table}" == table for h in report.held
                ),
                "path": dg.MetadataValue.path(str(settings.home / "raw" / table)),
            },
        )
    for table in OWN_TABLES:
        yield dg.MaterializeResult(asset_key=["nightpost", table])


def rows_known(settings: Settings) -> dict[str, int]:
    """Return per source table how many rows the night may know."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        rows = connection.execute(
            """
            select source || '/' || table_name, cast(sum(rows_loaded) as bigint)
            from raw_nightpost.arrivals
            group by all
            """
        ).fetchall()
    return {str(name): int(count) for name, count in rows}
