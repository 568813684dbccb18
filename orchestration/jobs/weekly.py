"""The weekly job: the newest night, built from the raw zone alone, must be the same."""

from typing import Any

import dagster as dg

from orchestration.home.settings import Settings
from orchestration.jobs.resources import Night
from orchestration.verify import Verification, verify_night

WEEKLY = "weekly_verification"
SUNDAY_MORNING = "0 6 * * 0"


class NightIsNotTheSameError(Exception):
    """What nights keep from each other is not what the raw zone says."""


def report(tell: Any, found: Verification) -> None:
    """Tell what was compared.

    Raises:
        NightIsNotTheSameError: a table differs, or a file of the raw zone is damaged.
    """
    if not found.is_good:
        raise NightIsNotTheSameError(found.sentence())
    tell(found.sentence())


def weekly_job() -> dg.JobDefinition:
    """Return the job that builds the newest night once more and compares."""

    @dg.op(description="Build the newest night from the raw zone and compare it.")
    def verify_newest_night(context: dg.OpExecutionContext, night: Night) -> None:
        report(context.log.info, verify_night(night.settings))

    @dg.job(
        name=WEEKLY,
        executor_def=dg.in_process_executor,
        description="Incremental equals full: checked on Sundays at 06:00.",
    )
    def weekly() -> None:
        verify_newest_night()

    return weekly


def weekly_schedule(settings: Settings, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Return the schedule of ``job``: Sundays at 06:00 business time."""
    return dg.ScheduleDefinition(
        name="every_sunday",
        job=job,
        cron_schedule=SUNDAY_MORNING,
        execution_timezone=settings.business_time_zone,
        description="Build the newest night from the raw zone alone and compare.",
    )
