"""When a night runs by itself: at 02:30 business time, and when new drops arrive."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from orchestration.arrivals.contracts import Contract
from orchestration.arrivals.inbox import find_arrivals
from orchestration.home.settings import Settings
from orchestration.jobs.partitions import nightly_partitions

NIGHT_HOUR, NIGHT_MINUTE = 2, 30
POLL_SECONDS = 300

# Dagster has no public names for a job over assets and its schedule.
Job = Any
Schedule = Any


def night_schedule(job: Job) -> Schedule:
    """Return the schedule that runs night D at 02:30 business time of the day after."""
    return dg.build_schedule_from_partitioned_job(
        job,
        name="every_night",
        hour_of_day=NIGHT_HOUR,
        minute_of_hour=NIGHT_MINUTE,
        description="Run the night that has just ended, at 02:30 business time.",
    )


def inbox_sensor(
    settings: Settings,
    contracts: Sequence[Contract],
    job: Job,
) -> dg.SensorDefinition:
    """Return the sensor that runs the newest complete night when its drops change."""

    @dg.sensor(
        name="inbox",
        job=job,
        minimum_interval_seconds=POLL_SECONDS,
        description="Run the newest complete night again when files for it have arrived.",
    )
    def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return evaluate_inbox(settings, contracts, context.cursor)

    return inbox


def evaluate_inbox(
    settings: Settings, contracts: Sequence[Contract], cursor: str | None
) -> dg.SensorResult:
    """Return a run request for the newest complete night if the inbox changed since.

    A night is not asked for before its own hour: files for it may still come.
    """
    zone = ZoneInfo(settings.business_time_zone)
    last_start = datetime.now(zone) - timedelta(hours=NIGHT_HOUR, minutes=NIGHT_MINUTE)
    partitions = nightly_partitions(settings)
    nights = set(partitions.get_partition_keys(current_time=last_start))
    arrivals = [
        arrival
        for arrival in find_arrivals(settings.home, contracts).arrivals
        if arrival.export_date.isoformat() in nights
    ]
    if not arrivals:
        return dg.SensorResult(
            skip_reason="No complete night's files lie in the inbox."
        )
    digest = hashlib.sha256()
    for arrival in arrivals:
        facts = arrival.path.stat()
        digest.update(
            f"{arrival.path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode()
        )
    if digest.hexdigest() == cursor:
        return dg.SensorResult(skip_reason="The inbox has not changed.", cursor=cursor)
    newest = max(arrival.export_date for arrival in arrivals).isoformat()
    request = dg.RunRequest(
        partition_key=newest, run_key=f"{newest}-{digest.hexdigest()}"
    )
    return dg.SensorResult(run_requests=[request], cursor=digest.hexdigest())
