"""dbt's models as assets, one step a stage; dbt's tests as their checks."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import dagster as dg
import duckdb
from dagster_dbt import dbt_assets

from orchestration.building.dbt import LEFT_OUT, STAGES, NodeResult, Project
from orchestration.building.freshness import stale_segments, stale_sources
from orchestration.building.stages import (
    HeldSegment,
    StageOutcome,
    refused_segments,
    run_stage,
)
from orchestration.home.notes import Held, add_held
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.translator import NightpostTranslator

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


def stage_assets(
    settings: Settings, project: Project, stage: str
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
        as_of = date.fromisoformat(context.partition_key)
        unfit = find_unfit(night.settings, project) if stage == "audiences" else ()
        outcome = run_stage(night.settings, project, as_of, stage, unfit)
        held = [
            Held("segment", segment.model[4:], segment.reason)
            for segment in outcome.held
        ]
        add_held(night.settings, as_of, held)
        for entry in held:
            context.log.warning(entry.reason)
        checks = {spec.name: spec.key for spec in models.check_specs}
        yield from stage_events(project, outcome, checks, row_counts(night.settings))

    return models


def find_unfit(settings: Settings, project: Project) -> tuple[HeldSegment, ...]:
    """Return the segments that are not built tonight.

    A stale source stops them, or they do what no segment may.
    """
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        stale = stale_segments(project, stale_sources(connection))
    unfit = (*stale, *refused_segments(settings))
    by_model = {segment.model: segment for segment in reversed(unfit)}
    return tuple(by_model[model] for model in sorted(by_model))


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
            yield check_result(checks[result.name], result)
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


def check_result(key: dg.AssetCheckKey, result: NodeResult) -> dg.AssetCheckResult:
    """Return a test's result as the check of the model that it is attached to."""
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not result.has_failed,
        severity=dg.AssetCheckSeverity.WARN,
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
