"""The files that leave the house as assets: audiences, payloads, manifest, publication."""

from collections.abc import Iterable, Iterator

import dagster as dg

from exporters.files import FileReceipt
from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.assets.drift import DRIFT
from orchestration.building.dbt import Project
from orchestration.home.notes import Notice, read_held
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.publishing.exports import Exports
from orchestration.publishing.notices import is_held

MANIFEST = dg.AssetKey(["outbox", "manifest"])
NOTHING_HELD, NOTHING_SAID = "nothing_held_back", "nothing_to_look_at"
NOTHING_HELD_SAYS = (
    "All sources, segments and templates went out; a run with less ends with 3."
)
NOTHING_SAID_SAYS = (
    "No rows rejected, no mail refused, no segment unlisted, no audience emptied; whom the "
    "consent gate keeps out is no fault."
)
# Said every night, and nothing to mend.
EVERYDAY = {"people_excluded"}
PUBLISHED = dg.AssetKey(["outbox", "current"])
Result = dg.MaterializeResult[None]


def segment_specs(project: Project, model: str) -> Iterator[dg.AssetSpec]:
    """Yield the audience asset and the payload asset of one segment."""
    node = project.plain["nodes"][f"model.nightpost.{model}"]
    meta = node["config"].get("meta", {})
    owners = [f"team:{meta['owner']}"] if "owner" in meta else []
    slug = model.removeprefix("seg_")
    yield dg.AssetSpec(
        ["audiences", slug],
        # not on the segment itself: a segment that is held back gives no output, and
        # Dagster would skip every step that waits for one
        deps=[["activation", "act_eligibility"]],
        group_name="audiences",
        description=f"CSV files of who may be written to. {node['description']}",
        owners=owners,
        kinds={"csv"},
        skippable=True,
    )
    yield dg.AssetSpec(
        ["payloads", slug],
        deps=[["activation", "act_payload_fields"], ["audiences", slug]],
        group_name="payloads",
        description=f"One personalised mail per person whom tonight's plan gives to {slug}.",
        owners=owners,
        kinds={"json", "jinja"},
        skippable=True,
    )


def export_assets(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that writes every file of the night into the staging folder."""
    segments = [
        spec
        for model in settings.segment_models
        for spec in segment_specs(project, model)
    ]
    manifest = dg.AssetSpec(
        MANIFEST,
        deps=[spec.key for spec in segments],
        group_name="outbox",
        description="What was written, from what, for whom, and what was held back.",
        owners=["team:data-engineering"],
        kinds={"json"},
    )

    @dg.multi_asset(
        name="exports",
        specs=[*segments, manifest],
        check_specs=[
            dg.AssetCheckSpec(
                NOTHING_HELD, asset=MANIFEST, description=NOTHING_HELD_SAYS
            ),
            dg.AssetCheckSpec(
                NOTHING_SAID, asset=MANIFEST, description=NOTHING_SAID_SAYS
            ),
        ],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def exports(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        written = steps.export(night.tonight(project, contracts, context.partition_key))
        for held in written.held:
            context.log.warning(held.reason)
        yield from export_events(written)

    return exports


def export_events(written: Exports) -> Iterator[Result]:
    """Yield a materialisation per audience and payload written, and the manifest's."""
    for segment, audience in written.audiences.items():
        members = audience.files[0]
        counts = {"entered": audience.entered, "left": audience.left}
        yield file_result(dg.AssetKey(["audiences", segment]), members, counts)
    for segment, payload in written.payloads.items():
        counts = {"rejected": len(payload.rejects)}
        yield file_result(dg.AssetKey(["payloads", segment]), payload.file, counts)
    waterfalls = {name: w.as_json() for name, w in sorted(written.waterfalls.items())}
    yield dg.MaterializeResult(
        asset_key=MANIFEST,
        metadata={
            "run_id": written.run_id,
            "held_back": [held.reason for held in written.held],
            "waterfalls": dg.MetadataValue.json(waterfalls),
        },
        check_results=list(outbox_checks(written.notices)),
    )


def outbox_checks(notices: Iterable[Notice]) -> Iterator[dg.AssetCheckResult]:
    """Yield the outbox's two checks: what is held back, and what else is to be looked at."""
    held = [one.sentence for one in notices if is_held(one)]
    others = [
        f"{one.sentence} See: {one.command}"
        for one in notices
        if not is_held(one) and one.code not in EVERYDAY
    ]
    for name, sentences, severity in (
        (NOTHING_HELD, held, dg.AssetCheckSeverity.ERROR),
        (NOTHING_SAID, others, dg.AssetCheckSeverity.WARN),
    ):
        yield dg.AssetCheckResult(
            asset_key=MANIFEST,
            check_name=name,
            passed=not sentences,
            severity=severity,
            description=" ".join(sentences) or None,
            metadata={
                str(number): one for number, one in enumerate(sentences, start=1)
            },
        )


def file_result(key: dg.AssetKey, file: FileReceipt, counts: dict[str, int]) -> Result:
    """Return one written file as a materialisation: rows, path in the outbox, hash."""
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/row_count": file.rows,
            "path": file.path,
            "sha256": file.sha256,
            "bytes": file.bytes,
            **counts,
        },
    )


def publish_asset(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the last step: database, outbox, state, CURRENT."""
    spec = dg.AssetSpec(
        PUBLISHED,
        # its state holds what the drift step measured
        deps=[MANIFEST, DRIFT],
        group_name="outbox",
        description="The night as readers see it; CURRENT moves here, last, by one rename.",
        owners=["team:data-engineering"],
        kinds={"duckdb"},
    )

    @dg.multi_asset(
        name="publish",
        specs=[spec],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def publish(context: dg.AssetExecutionContext, night: Night) -> Result:
        tonight = night.tonight(project, contracts, context.partition_key)
        published = steps.publish(tonight)
        return dg.MaterializeResult(
            asset_key=PUBLISHED,
            metadata={
                "run_id": published.run_id,
                "outbox": dg.MetadataValue.path(
                    str(night.settings.home / published.outbox)
                ),
                "database": dg.MetadataValue.path(
                    str(night.settings.home / published.database)
                ),
                "held_back": len(read_held(night.settings, tonight.date)),
            },
        )

    return publish
