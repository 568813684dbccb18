"""How healthy the night's people are, as a step of its own; it stops nothing."""

import base64
from datetime import date

import dagster as dg

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.looking.identity_health import Health
from orchestration.looking.identity_plots import plot_health

HEALTH = dg.AssetKey(["nightpost", "identity_health"])
READS = ("profiles", "profile_identifiers")
Result = dg.MaterializeResult[None]
CONNECTED = dg.TableSchema(
    columns=[
        dg.TableColumn("kind"),
        dg.TableColumn("sha256 starts with"),
        dg.TableColumn("records", "int"),
        dg.TableColumn("names", "int"),
        dg.TableColumn("trusted"),
    ]
)
LINKED = dg.TableSchema(
    columns=[
        dg.TableColumn("records of"),
        dg.TableColumn("records", "int"),
        dg.TableColumn("stand alone", "int"),
        dg.TableColumn("share", "float"),
    ]
)


def identity_health_asset(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that measures the people of a night."""

    @dg.multi_asset(
        name="identity_health",
        specs=[
            dg.AssetSpec(
                HEALTH,
                deps=[["marts", mart] for mart in READS],
                group_name="marts",
                description=(
                    "Whether records became people as they should: profile ids before and "
                    "after, born, merged and split, the values that most records carry "
                    "(by hash), records a person, records that stand alone, the clerical "
                    "list, what the brake froze. `nightpost identity PERSON` shows one."
                ),
                owners=["team:data-engineering"],
                kinds={"python", "duckdb"},
            )
        ],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def identity_health(context: dg.AssetExecutionContext, night: Night) -> Result:
        tonight = night.tonight(project, contracts, context.partition_key)
        tried = steps.measure_people(tonight)
        try:
            if tried.found:
                return health_result(tried.found, tonight.date)
        # nor does a picture that cannot be drawn stop the night
        except Exception as error:
            tried = steps.Tried(None, steps.why_not(steps.NO_HEALTH, error))
        context.log.warning(str(tried.reason))
        return dg.MaterializeResult(asset_key=HEALTH, metadata={"note": tried.reason})

    return identity_health


def health_result(health: Health, as_of: date) -> Result:
    """Return the figures of a night as Dagster shows them."""
    events = health.tonight(as_of)
    metadata: dict[str, dg.MetadataValue | int] = {
        "profiles": health.profiles,
        "ids_before": health.ids_before(as_of),
        "ids_after": health.ids,
        **{f"ids_{event}": count for event, count in events.items()},
        "records_a_person_p99": health.p99,
        "records_a_person_most": health.largest,
        "clerical_pairs": health.clerical_pairs,
        "frozen": health.frozen,
        "most_connected": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "kind": one.identifier_type,
                        "sha256 starts with": one.value_hash,
                        "records": one.records,
                        "names": one.names,
                        "trusted": "yes" if one.is_trusted else "no",
                    }
                )
                for one in health.connected
            ],
            CONNECTED,
        ),
        "stand_alone": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "records of": one.kind,
                        "records": one.records,
                        "stand alone": one.alone,
                        "share": one.share,
                    }
                )
                for one in health.linked
            ],
            LINKED,
        ),
    }
    if picture := plot_health(health):
        body = base64.b64encode(picture).decode("ascii")
        metadata["picture"] = dg.MetadataValue.md(
            f"![People's health](data:image/png;base64,{body})"
        )
    return dg.MaterializeResult(asset_key=HEALTH, metadata=metadata)
