"""One partition is one night: a business date."""

import dagster as dg

from orchestration.settings import Settings

# A night reads what the nights before it left, so a backfill is a queue of nights.
ONE_NIGHT_A_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)


def nightly_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Return the nights from `first_night` to yesterday, in the business time zone."""
    return dg.DailyPartitionsDefinition(
        start_date=settings.first_night.isoformat(),
        timezone=settings.business_time_zone,
    )
