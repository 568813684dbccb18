"""dbt's models as assets, one step a stage; dbt's tests as their checks."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import dagster as dg
import duckdb
from dagster_dbt import dbt_assets

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import LEFT_OUT, STAGES, NodeResult, Project
from orchestration.building.stage_nodes import with_tests
from orchestration.building.stages import (
    HeldSegment,
    StageFailedError,
    StageOutcome,
    segment_id,
)
from orchestration.building.warehouse import warehouse_night
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


def stage_assets(
    settings: Settings, project: Project, contracts: tuple[Contract, ...], stage: str
) -> dg.AssetsDefinition:
    """Return one stage's models as one step."""

    @dbt_assets(
        manifest=project.plain,
        select=STAGES[stage],
        exclude=LEFT_OUT.get(stage),
        name=stage,
        dagster_dbt_translator=NightpostTranslator(),
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def models(context: dg.AssetExecutionContext, night: Night) -> Iterator[Event]:
        tonight = night.tonight(project, contracts, context.partition_key)
        only = nodes_asked_for(context, project, stage)
        if only is not None:
            refuse_other_night(night.settings, tonight.date)
        checks = {key.name: key for key in context.selected_asset_check_keys}
        try:
            outcome = steps.build(tonight, stage, only)
        except StageFailedError as failed:
            # red checks and what was built before them, then the end of the night
            ended = StageOutcome(failed.results, ())
            yield from stage_events(project, ended, checks, row_counts(night.settings))
            raise
        for segment in outcome.held:
            context.log.warning(segment.reason)
        yield from stage_events(project, outcome, checks, row_counts(night.settings))

    return models


def nodes_asked_for(
    context: dg.AssetExecutionContext, project: Project, stage: str
) -> frozenset[str] | None:
    """Return the models that a person chose, and their tests; None where it is all."""
    if not context.is_subset:
        return None
    translator = NightpostTranslator()
    nodes = project.plain["nodes"]
    chosen = {
        one
        for one in project.stages[stage]
        if nodes[one]["resource_type"] != "test"
        and translator.get_asset_key(nodes[one]) in context.selected_asset_keys
    }
    return with_tests(project.plain, chosen)


def refuse_other_night(settings: Settings, night: date) -> None:
    """Raise where the working warehouse is not of ``night``.

    A part of a stage is built upon what the rest of that night has left there.
    """
    there = warehouse_night(settings)
    if there != night:
        holds = f"is of {there.isoformat()}" if there else "holds no night yet"
        raise dg.Failure(
            f"Single models are built in the working warehouse, and that {holds}, not of "
            f"{night.isoformat()}. Choose the partition of that night, or run the whole "
            "night.",
            allow_retries=False,
        )


def stage_events(
    project: Project,
    outcome: StageOutcome,
    checks: Mapping[str, dg.AssetCheckKey],
    rows: Mapping[str, int],
) -> Iterator[Event]:
    """Yield a materialisation per model that was built and a result per test that ran.

    ``checks`` maps a dbt test's name to its asset check, ``rows`` a table to its rows. A
    test over several models belongs to no one asset and has no check; if it fails, the
    night fails.
    """
    held = {segment.model for segment in outcome.held}
    yield from built_models(project, outcome.results, held, rows)
    for result in outcome.results:
        if result.is_test and not result.was_skipped and result.name in checks:
            is_segment = project.is_segment(segment_id(result))
            yield check_result(checks[result.name], result, ends_night=not is_segment)
    ran = {
        result.name
        for result in outcome.results
        if result.is_test and not result.was_skipped
    }
    for segment in outcome.held:
        # a stale source is no fault of the segment's: its own check is the red one
        if not segment.is_stale:
            yield from held_checks(segment, checks, ran)


def built_models(
    project: Project,
    results: Iterable[NodeResult],
    held: set[str],
    rows: Mapping[str, int],
) -> Iterator[dg.MaterializeResult[None]]:
    """Yield a materialisation per model or seed that was built and is not held back."""
    translator = NightpostTranslator()
    for result in results:
        if (
            result.is_test
            or result.was_skipped
            or result.has_failed
            or result.name in held
        ):
            continue
        node = project.plain["nodes"][result.unique_id]
        metadata: dict[str, float] = {"seconds": result.seconds}
        if (table := f"{node['schema']}.{node['name']}") in rows:
            metadata["dagster/row_count"] = rows[table]
        yield dg.MaterializeResult(
            asset_key=translator.get_asset_key(node), metadata=metadata
        )


def check_result(
    key: dg.AssetCheckKey, result: NodeResult, *, ends_night: bool
) -> dg.AssetCheckResult:
    """Return a test's result as the check of the model that it is attached to."""
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not result.has_failed,
        severity=(
            dg.AssetCheckSeverity.ERROR if ends_night else dg.AssetCheckSeverity.WARN
        ),
        metadata={"failing_rows": result.failures, "seconds": result.seconds},
    )


def held_checks(
    segment: HeldSegment, checks: Mapping[str, dg.AssetCheckKey], ran: set[str]
) -> Iterator[dg.AssetCheckResult]:
    """Yield a held segment's checks that could not even run as failed, with the reason."""
    for name, key in checks.items():
        if key.asset_key.path[-1] == segment.model and name not in ran:
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=False,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"reason": segment.reason},
            )


def row_counts(settings: Settings) -> dict[str, int]:
    """Return the rows of every table in the warehouse, by `schema.table`."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name, estimated_size from duckdb_tables()"
        ).fetchall()
    return {str(name): int(rows) for name, rows in tables}
