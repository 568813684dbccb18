"""The night: its steps in order, each a plain function of what tonight is about.

Dagster, `nightpost verify`, the benchmarks and the tests run this list and no other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import duckdb

from orchestration.arrivals.contracts import Contract, read_contracts
from orchestration.arrivals.loads import LoadReport
from orchestration.arrivals.row_counts import Quarantine
from orchestration.building.dbt import Project, project_of
from orchestration.building.freshness import find_unfit
from orchestration.building.stages import StageOutcome, run_stage
from orchestration.building.warehouse import load_night, quarantine_night
from orchestration.home.notes import Held, add_held, read_held
from orchestration.home.published import Published
from orchestration.home.redaction import redact
from orchestration.home.settings import Settings
from orchestration.identity.cleaning.values import Cleaned
from orchestration.identity.linkage.linkage import Linked
from orchestration.identity.night_steps import judge_values, link_night, settle_night
from orchestration.identity.people.settling import Settled
from orchestration.looking.identity_health import Health, measure_health
from orchestration.predictions.nightly import Served, foretell_night, foretell_nothing
from orchestration.predictions.recommenders.recommend import (
    Recommended,
    recommend_night,
)
from orchestration.publishing.exports import Exports, export_night
from orchestration.publishing.publish import publish_night
from orchestration.watching.distributions import measure_night, watched_columns
from orchestration.watching.psi import Shift

T = TypeVar("T")
NO_DRIFT = "Drift could not be measured tonight"
NO_HEALTH = "The people's health could not be measured"


@dataclass(frozen=True)
class Tonight:
    """What every step is given: the home, the parsed project, its contracts, the date."""

    settings: Settings
    project: Project
    contracts: tuple[Contract, ...]
    date: date


@dataclass(frozen=True)
class Tried(Generic[T]):
    """What a step found that stops nothing, or the sentence why it found nothing."""

    found: T | None
    reason: str | None = None


@dataclass(frozen=True)
class Step:
    """A step of the night.

    ``is_from_raw``: what it writes, the raw zone and the state alone decide, so that
    `nightpost verify` can build it once more.
    """

    name: str
    run: Callable[[Tonight], Any]
    is_from_raw: bool = True


def load(tonight: Tonight) -> LoadReport:
    """Take what lies in the inbox, and begin the warehouse with what tonight may know."""
    return load_night(tonight.settings, tonight.contracts, tonight.date)


def count_rows(tonight: Tonight) -> Quarantine:
    """Account for every row, and hold back files of which too many cannot be read."""
    return quarantine_night(
        tonight.settings, tonight.project, tonight.contracts, tonight.date
    )


def clean(tonight: Tonight) -> tuple[Cleaned, ...]:
    """Judge addresses and phones."""
    return judge_values(tonight.settings, tonight.project)


def link(tonight: Tonight) -> Linked | None:
    """Look for records that are probably of one person; None where that is switched off."""
    return link_night(tonight.settings, tonight.date)


def settle(tonight: Tonight) -> Settled:
    """Settle who is who."""
    return settle_night(tonight.settings, tonight.date)


def measure_people(tonight: Tonight) -> Tried[Health]:
    """Measure whether records became people as they should."""
    return attempt(
        tonight,
        lambda warehouse: measure_health(warehouse, tonight.date),
        NO_HEALTH,
    )


def predict(tonight: Tonight) -> Tried[tuple[Served, ...]]:
    """Train the models that are due, and foretell."""
    tried = attempt(
        tonight,
        lambda warehouse: foretell_night(tonight.settings, warehouse, tonight.date),
        "Nothing could be foretold tonight",
    )
    if tried.reason:
        with duckdb.connect(str(tonight.settings.warehouse)) as warehouse:
            foretell_nothing(warehouse, tried.reason)
    return tried


def recommend(tonight: Tonight) -> Recommended:
    """Train the recommenders when due, and ask them."""
    with duckdb.connect(str(tonight.settings.warehouse)) as warehouse:
        return recommend_night(tonight.settings, warehouse, tonight.date)


def watch(tonight: Tonight) -> Tried[tuple[Shift, ...]]:
    """Measure how far the marts' scores moved."""
    watched = watched_columns(tonight.project.plain["nodes"])
    return attempt(
        tonight,
        lambda warehouse: measure_night(
            tonight.settings, warehouse, tonight.date, watched
        ),
        NO_DRIFT,
    )


def export(tonight: Tonight) -> Exports:
    """Write every file of the night where no reader looks yet."""
    held = read_held(tonight.settings, tonight.date)
    written = export_night(tonight.settings, tonight.date, held)
    add_held(tonight.settings, tonight.date, written.held)
    return written


def publish(tonight: Tonight) -> Published:
    """Make the night visible: database, state, outbox, and last of all CURRENT."""
    staging = tonight.settings.outbox / f".staging-{tonight.date.isoformat()}"
    return publish_night(tonight.settings, tonight.date, staging)


def build(
    tonight: Tonight, stage: str, nodes: Iterable[str] | None = None
) -> StageOutcome:
    """Build one stage of dbt's models, or these ``nodes`` of it; held segments are said.

    Raises:
        StageFailedError: something above the segments failed.
    """
    unfit = find_unfit(tonight.settings, tonight.project) if stage == AUDIENCES else ()
    outcome = run_stage(
        tonight.settings, tonight.project, tonight.date, stage, unfit=unfit, only=nodes
    )
    held = [Held("segment", one.model[4:], one.reason) for one in outcome.held]
    add_held(tonight.settings, tonight.date, held)
    return outcome


def attempt(
    tonight: Tonight, work: Callable[[duckdb.DuckDBPyConnection], T], failed: str
) -> Tried[T]:
    """Do what the night can go on without; the engine's words are redacted."""
    try:
        with duckdb.connect(str(tonight.settings.warehouse)) as warehouse:
            return Tried(work(warehouse))
    # whatever breaks in there, the night goes on
    except Exception as error:
        return Tried(None, why_not(failed, error))


def why_not(failed: str, error: Exception) -> str:
    """Return the sentence for what the night goes on without; it quotes no value."""
    words = redact(str(error)) if isinstance(error, duckdb.Error) else ""
    return f"{failed} ({words or type(error).__name__}). Nothing else is held back by that."


def stage(name: str) -> Step:
    """Return the step that builds a stage."""
    return Step(name, lambda tonight: build(tonight, name))


AUDIENCES = "audiences"
STEPS = (
    Step("load", load, is_from_raw=False),
    stage("staging"),
    Step("row_counts", count_rows),
    Step("cleaning", clean),
    stage("facts"),
    Step("linkage", link),
    Step("people", settle),
    stage("marts"),
    Step("identity_health", measure_people, is_from_raw=False),
    Step("models", predict),
    Step("recommenders", recommend),
    stage("scores"),
    stage(AUDIENCES),
    Step("drift", watch, is_from_raw=False),
    Step("exports", export, is_from_raw=False),
    Step("publish", publish, is_from_raw=False),
)


def tonight_of(settings: Settings, night: date) -> Tonight:
    """Return what the steps of ``night`` are given; the project is parsed once a process.

    Raises:
        ContractError: a source's contract cannot be read.
        ProjectDoesNotParseError: dbt cannot read the project.
    """
    contracts = read_contracts(settings.project_dir)
    return Tonight(settings, project_of(settings), contracts, night)


def run_steps(tonight: Tonight, steps: Iterable[Step] = STEPS) -> None:
    """Run ``steps`` in order, without Dagster. Hold the night's lock.

    Raises:
        StageFailedError: something above the segments failed.
    """
    for one in steps:
        one.run(tonight)
