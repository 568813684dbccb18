"""The entry point for Dagster: what exists, and which project and home it is about."""

import warnings

import dagster as dg

from orchestration.arrivals.contracts import read_contracts
from orchestration.assets.cleaning import cleaning_assets
from orchestration.assets.dbt_stages import stage_assets
from orchestration.assets.drift import drift_asset
from orchestration.assets.exports import export_assets, publish_asset
from orchestration.assets.freshness import freshness_checks
from orchestration.assets.identity_health import identity_health_asset
from orchestration.assets.linkage import linkage_assets
from orchestration.assets.loads import load_assets
from orchestration.assets.people import people_assets
from orchestration.assets.predictions import prediction_assets
from orchestration.assets.recommendations import recommendation_asset
from orchestration.assets.row_counts import row_counts_asset
from orchestration.building.dbt import STAGES, parse_project
from orchestration.home.settings import Settings, export_environment, read_settings
from orchestration.jobs.dagster_home import prepare_dagster_home
from orchestration.jobs.partitions import nightly_partitions
from orchestration.jobs.resources import Night
from orchestration.jobs.schedules import inbox_sensor, night_schedule
from orchestration.jobs.weekly import weekly_job, weekly_schedule

JOB = "night"

warnings.filterwarnings("ignore", category=dg.BetaWarning)


def build_definitions(settings: Settings) -> dg.Definitions:
    """Return everything that Dagster shows and runs for ``settings``."""
    export_environment(settings)
    prepare_dagster_home(settings)
    project = parse_project(settings)
    contracts = read_contracts(settings.project_dir)
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        partitions_def=nightly_partitions(settings),
        executor_def=dg.in_process_executor,
        description="One night: load, build, score, evaluate segments, export, publish.",
        tags={"dagster/max_runtime": 4 * 3600},
    )
    weekly = weekly_job()
    return dg.Definitions(
        assets=[
            *(
                assets(settings, project, contracts)
                for assets in (
                    load_assets,
                    row_counts_asset,
                    cleaning_assets,
                    linkage_assets,
                    people_assets,
                    identity_health_asset,
                    prediction_assets,
                    recommendation_asset,
                    drift_asset,
                    export_assets,
                    publish_asset,
                )
            ),
            *(stage_assets(settings, project, contracts, stage) for stage in STAGES),
        ],
        asset_checks=[freshness_checks(contracts)],
        jobs=[job, weekly],
        schedules=[
            night_schedule(job),
            weekly_schedule(settings, weekly),
        ],
        sensors=[inbox_sensor(settings, contracts, job)],
        resources={"night": Night(home=str(settings.home))},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions of the home that the environment names."""
    return build_definitions(read_settings())
