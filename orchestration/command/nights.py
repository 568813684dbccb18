"""Run one night, or several in order, through the Dagster job in this process."""

import contextlib
import io
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TextIO
from uuid import uuid4

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.export_dates import (
    NothingArrivedError,
    check_arrived,
    has_arrived,
)
from orchestration.arrivals.inbox import find_arrivals
from orchestration.assets.exports import PUBLISHED
from orchestration.command.progress import Progress
from orchestration.definitions import JOB, build_definitions
from orchestration.home.business_days import (
    NoSuchNightError,
    newest_day_over,
)
from orchestration.home.notes import Held, read_held
from orchestration.home.published import published_nights
from orchestration.home.redaction import redact
from orchestration.home.settings import Settings
from orchestration.jobs.dagster_home import storage_kept_open
from orchestration.jobs.partitions import first_night


class NightFailedError(Exception):
    """The night ended before it published anything."""


@dataclass(frozen=True)
class NightResult:
    """A published night, what it held back, and what its steps warned of."""

    night: date
    held: tuple[Held, ...]
    warnings: tuple[str, ...] = ()


def newest_night(settings: Settings) -> date:
    """Return the newest night that is over and of which something has arrived.

    Raises:
        NoSuchNightError: the inbox is empty and nothing was ever published.
    """
    contracts = read_contracts(settings.project_dir)
    dates = [
        arrival.export_date
        for arrival in find_arrivals(settings.home, contracts).arrivals
    ]
    dates += [
        night
        for night in published_nights(settings)
        if has_arrived(settings.home, night)
    ]
    if not dates:
        raise NoSuchNightError(
            f"There is nothing to run: {settings.home / 'inbox'} holds no export. Land one "
            "with `nightpost land`, make demo exports with `nightpost demo`, or name the "
            "home that you mean with --home or NIGHTPOST_HOME."
        )
    newest = newest_day_over(settings)
    over = [one for one in dates if one <= newest]
    if not over:
        raise NoSuchNightError(
            f"There is nothing to run yet: every export in {settings.home / 'inbox'} is of a "
            "business day that is not over."
        )
    return max(over)


def nights_between(settings: Settings, first: date, last: date) -> list[date]:
    """Return the nights from ``first`` to ``last``, both included, that can be run.

    A day of which nothing arrived is left out: shops are closed, exports fail.

    Raises:
        NoSuchNightError: there is no night among them.
    """
    days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
    nights = [day for day in days if has_arrived(settings.home, day)]
    if not nights:
        raise NoSuchNightError(
            f"Nothing has arrived for any day from {first.isoformat()} to "
            f"{last.isoformat()}, so there is no night to run."
        )
    return nights


def run_nights(
    settings: Settings, nights: list[date], out: TextIO | None = None
) -> Iterator[NightResult]:
    """Run ``nights`` in order and yield what became of each. Hold the night's lock.

    Each step is told on ``out`` as it ends.

    Raises:
        NoSuchNightError: a date that is no night: before the first export, not yet over,
            or without any export.
        NightFailedError: a night failed; those before it are published.
    """
    with storage_errors_said(settings):
        yield from nights_of_job(settings, nights, out)


def nights_of_job(
    settings: Settings, nights: list[date], out: TextIO | None
) -> Iterator[NightResult]:
    """Run ``nights`` as runs of the Dagster job; see `run_nights`."""
    definitions = build_definitions(settings)
    job = definitions.resolve_job_def(JOB)
    known = (
        set(job.partitions_def.get_partition_keys()) if job.partitions_def else set()
    )
    with (
        dg.DagsterInstance.get() as instance,
        storage_kept_open(settings),
        quiet_loggers(),
    ):
        for night in nights:
            if night.isoformat() not in known:
                raise NoSuchNightError(
                    f"{night.isoformat()} is no night that can be run: nights go from "
                    f"{first_night(settings).isoformat()}, of which the first export is, "
                    "to yesterday."
                )
            try:
                check_arrived(settings.home, night)
            except NothingArrivedError as nothing:
                raise NoSuchNightError(str(nothing)) from None
            progress, run = Progress(out, len(job.nodes)), str(uuid4())
            instance.add_event_listener(run, progress)
            result = job.execute_in_process(
                partition_key=night.isoformat(),
                instance=instance,
                raise_on_error=False,
                run_id=run,
            )
            published = PUBLISHED in {
                event.asset_key for event in result.get_asset_materialization_events()
            }
            if not (result.success and published):
                raise NightFailedError(why_failed(result, night))
            held = read_held(settings, night)
            yield NightResult(night, held, tuple(progress.warnings))


@contextlib.contextmanager
def storage_errors_said(settings: Settings) -> Iterator[None]:
    """Turn what a full or broken disk says, below Dagster's storage too, into a sentence.

    Raises:
        NightFailedError: the night, or what Dagster tells of it, could not be written.
    """
    try:
        yield
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error
        words = getattr(cause, "strerror", None) or (
            str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
        )
        where = getattr(error, "filename", None) or settings.dagster_home
        raise NightFailedError(
            f"The night ended before it was finished: {where} cannot be used ({words}). "
            "What was published before stays as it is. Free or mend the disk and run the "
            "night again."
        ) from None


def why_failed(result: dg.ExecuteInProcessResult, night: date) -> str:
    """Return the sentence of the first step that failed."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause if error and error.cause else error
            text = cause.message.strip() if cause else "it did not say why"
            return (
                f"Night {night.isoformat()} failed in step {event.step_key}, so nothing was "
                f"published. {redact(text.partition(': ')[2] or text)}"
            )
    return f"Night {night.isoformat()} failed before its first step; nothing was published."


@contextlib.contextmanager
def quiet_loggers() -> Iterator[None]:
    """Keep Dagster's event lines off the terminal; they are in its storage."""
    logger = logging.getLogger("dagster")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
