"""One partition is one night: a business date."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from orchestration.arrivals.export_dates import first_export
from orchestration.home.settings import Settings

# A night reads what the nights before it left, so a backfill is a queue of nights.
ONE_NIGHT_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
# What a home shows in which nothing has arrived yet.
DAYS_BEFORE_ANYTHING_ARRIVED = 7


def nightly_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Return the nights from the first export to yesterday, in the business time zone."""
    return dg.DailyPartitionsDefinition(
        start_date=first_night(settings).isoformat(),
        timezone=settings.business_time_zone,
    )


def first_night(settings: Settings) -> date:
    """Return the oldest night that can be run: that of the oldest export.

    Never before `first_night` of dbt_project.yml. Where nothing has arrived yet, the last
    few nights, so that the first export finds its own.
    """
    today = datetime.now(ZoneInfo(settings.business_time_zone)).date()
    recent = today - timedelta(days=DAYS_BEFORE_ANYTHING_ARRIVED)
    oldest = first_export(settings.home, before=today)
    return max(settings.first_night, oldest or recent)
