"""The monthly job: a linkage model is trained on the newest night's records."""

from datetime import date

import dagster as dg

from orchestration.home.published import read_current
from orchestration.home.settings import Settings
from orchestration.identity.linkage.learning import train_model
from orchestration.jobs.resources import Night

MONTHLY = "monthly_training"
FIRST_OF_THE_MONTH = "0 7 1 * *"


def monthly_job() -> dg.JobDefinition:
    """Return the job that trains the linkage model and promotes it if it is not worse."""

    @dg.op(description="Train a linkage model on the newest night's records.")
    def train_linkage_model(context: dg.OpExecutionContext, night: Night) -> None:
        newest = date.fromisoformat(read_current(night.settings).night)
        context.log.info(train_model(night.settings, newest).sentence())

    @dg.job(
        name=MONTHLY,
        executor_def=dg.in_process_executor,
        description="The linkage model, learnt anew on the first of the month at 07:00.",
    )
    def monthly() -> None:
        train_linkage_model()

    return monthly


def monthly_schedule(
    settings: Settings, job: dg.JobDefinition
) -> dg.ScheduleDefinition:
    """Return the schedule of ``job``: the first of the month at 07:00 business time."""
    return dg.ScheduleDefinition(
        name="every_month",
        job=job,
        cron_schedule=FIRST_OF_THE_MONTH,
        execution_timezone=settings.business_time_zone,
        description="Train the linkage model on the newest night's records.",
    )
