"""How far the marts' scores and features moved, as a step of its own; it stops nothing."""

import base64
from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration import steps
from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import Project
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import ONE_NIGHT_A_RUN, nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.watching.distributions import drifted, watched_columns
from orchestration.watching.drift_plots import plot_shifts
from orchestration.watching.psi import DRIFTED, Shift

DRIFT = dg.AssetKey(["nightpost", "drift"])
CHECK = "no_column_drifted"
Result = dg.MaterializeResult[None]
SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("column"),
        dg.TableColumn("compared with"),
        dg.TableColumn("night"),
        dg.TableColumn("rows", "int"),
        dg.TableColumn("psi"),
        dg.TableColumn("verdict"),
    ]
)


def drift_asset(
    settings: Settings, project: Project, contracts: tuple[Contract, ...]
) -> dg.AssetsDefinition:
    """Return the step that measures every column marked with `drift: true`."""
    watched = watched_columns(project.plain["nodes"])
    marts = sorted({one.mart for one in watched})

    @dg.multi_asset(
        name="drift",
        specs=[
            dg.AssetSpec(
                DRIFT,
                deps=[mart.split(".") for mart in marts],
                group_name="marts",
                description=(
                    "How far scores and features are from the previous night and from 28 "
                    "nights ago: the population stability index (PSI) of each column that "
                    "its yml marks with `drift: true`."
                ),
                owners=["team:data-engineering"],
                kinds={"python", "duckdb"},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=DRIFT,
                description=f"No watched column has a PSI above {DRIFTED}. Warns only.",
            )
        ],
        partitions_def=nightly_partitions(settings),
        backfill_policy=ONE_NIGHT_A_RUN,
    )
    def drift(context: dg.AssetExecutionContext, night: Night) -> Iterator[Result]:
        tried = steps.watch(night.tonight(project, contracts, context.partition_key))
        try:
            result = drift_result(tried.found or ())
        # nor does a picture that cannot be drawn stop the night
        except Exception as error:
            tried = steps.Tried(None, steps.why_not(steps.NO_DRIFT, error))
        if tried.reason:
            context.log.warning(tried.reason)
            yield not_measured(tried.reason)
            return
        for sentence in drifted(tried.found or ()):
            context.log.warning(sentence)
        yield result

    return drift


def drift_result(shifts: Sequence[Shift]) -> Result:
    """Return the night's figures as a table and a picture, and the check on them."""
    sentences = drifted(shifts)
    metadata: dict[str, dg.MetadataValue] = {
        "psi": dg.MetadataValue.table(
            [dg.TableRecord(record(shift)) for shift in shifts], SCHEMA
        )
    }
    if picture := plot_shifts(shifts):
        body = base64.b64encode(picture).decode("ascii")
        metadata["picture"] = dg.MetadataValue.md(
            f"![PSI by column](data:image/png;base64,{body})"
        )
    else:
        metadata["note"] = dg.MetadataValue.text(
            "There is nothing to compare with yet: no earlier night with 500 rows or more."
        )
    return dg.MaterializeResult(
        asset_key=DRIFT,
        metadata=metadata,
        check_results=[
            dg.AssetCheckResult(
                check_name=CHECK,
                passed=not sentences,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"drifted": sentences},
            )
        ],
    )


def not_measured(reason: str) -> Result:
    """Return a night that goes on without its figures, and says so."""
    return dg.MaterializeResult(
        asset_key=DRIFT,
        metadata={"note": reason},
        check_results=[
            dg.AssetCheckResult(
                check_name=CHECK,
                passed=False,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"reason": reason},
            )
        ],
    )


def record(shift: Shift) -> dict[str, str | int | float | bool]:
    """Return one line of the table that Dagster shows."""
    return {
        "column": f"{shift.watched.mart}.{shift.watched.column}",
        "compared with": shift.compared_with,
        "night": shift.night.isoformat() if shift.night else "–",
        "rows": shift.rows,
        "psi": "–" if shift.psi is None else f"{shift.psi:.4f}",
        "verdict": shift.verdict,
    }
