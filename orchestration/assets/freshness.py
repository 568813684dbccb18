"""Each source's own check: whether its newest export may still serve tonight."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import duckdb

from orchestration.arrivals.contracts import Contract
from orchestration.assets.row_counts import ROW_COUNTS
from orchestration.home.settings import Settings
from orchestration.jobs.resources import Night

CHECK = "is_fresh"


def freshness_checks(contracts: tuple[Contract, ...]) -> dg.AssetChecksDefinition:
    """Return the step that says of each source table whether it is fresh."""

    @dg.multi_asset_check(
        name="freshness",
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=[contract.source, contract.table],
                additional_deps=[ROW_COUNTS],
                description=(
                    "The newest export is no older than the contract allows; where it is, "
                    "the contract says whether segments that read it are held back."
                ),
            )
            for contract in contracts
        ],
    )
    def freshness(
        context: dg.AssetCheckExecutionContext, night: Night
    ) -> Iterator[dg.AssetCheckResult]:
        as_of = date.fromisoformat(context.partition_key)
        yield from freshness_results(night.settings, contracts, as_of)

    return freshness


def freshness_results(
    settings: Settings, contracts: tuple[Contract, ...], night: date
) -> Iterator[dg.AssetCheckResult]:
    """Yield whether each source table is fresh for ``night``, with the sentence.

    A table of which nothing ever came is not used here; that is no fault, but where
    consents are read from it.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        rows = connection.execute(
            """
            select
                source, table_name, newest_export_date, max_age_days,
                is_fresh or (newest_export_date is null and not is_consent_source)
            from staging.stg_nightpost__sources
            """
        ).fetchall()
    known = {(source, table): facts for source, table, *facts in rows}
    for contract in contracts:
        newest, days, is_good = known.get(
            (contract.source, contract.table), (None, None, True)
        )
        name = f"{contract.source}/{contract.table}"
        came = f"is of {newest.isoformat()}" if newest else "has not come"
        yield dg.AssetCheckResult(
            asset_key=[contract.source, contract.table],
            check_name=CHECK,
            passed=bool(is_good),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={}
            if is_good
            else {
                "reason": (
                    f"{name} is not fresh on {night.isoformat()}: its newest export {came}, "
                    f"its contract lets one serve for {days} days, and none of its files "
                    "may be held back. Land what is missing and run the night again."
                )
            },
        )
