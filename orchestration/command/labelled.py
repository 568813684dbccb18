"""A table of people with labels goes through a night, and what it finds is compared.

The night is the one that `nightpost run` makes of generic contacts in the inbox of an empty
home, as far as people go: every step, every rule and every setting of the project is its
own.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import yaml

from orchestration.home.files import private_folder
from orchestration.home.settings import Settings, export_environment, read_settings
from orchestration.home.tables import literal
from orchestration.identity.linkage.model_state import TABLE
from orchestration.identity.proof.evaluation import (
    Evaluation,
    compare_with_labels,
    write_contacts,
)
from orchestration.steps import STEPS, run_steps, tonight_of

LAST = "people"


def evaluate_night(
    connection: duckdb.DuckDBPyConnection, meanings: Sequence[str]
) -> Evaluation:
    """Run a night over `given` in a home of its own and compare its people with the labels.

    Writes temp table `found` (component_id, g).

    Raises:
        StageFailedError: the project does not build.
    """
    with (
        tempfile.TemporaryDirectory(prefix="nightpost-evaluate-") as folder,
        scratch_home(Path(folder)) as settings,
    ):
        night = settings.first_night
        inbox = settings.home / "inbox" / "generic" / "contacts"
        private_folder(inbox)
        write_contacts(connection, meanings, inbox / f"{night.isoformat()}.csv")
        seconds, told = run_to_people(settings, night)
        read_found(connection, settings)
    return compare_with_labels(connection, "nightpost", "found", seconds, told)


@contextmanager
def scratch_home(folder: Path) -> Iterator[Settings]:
    """Yield an empty home whose project is the one in force, with generic contacts alone."""
    in_force = read_settings()
    project = folder / "dbt_project"
    shutil.copytree(
        in_force.project_dir, project, ignore=shutil.ignore_patterns("target", "logs")
    )
    shutil.copytree(
        in_force.project_dir.parent / "seeds" / "reference",
        folder / "seeds" / "reference",
    )
    file = project / "dbt_project.yml"
    facts = yaml.safe_load(file.read_text(encoding="utf-8"))
    facts["vars"].update(
        {name: False for name in facts["vars"] if name.startswith("use_")},
        use_generic=True,
        use_consent=True,
        arrival_settle_seconds=0,
    )
    file.write_text(yaml.safe_dump(facts, sort_keys=False), encoding="utf-8")
    settings = replace(in_force, home=folder / "home", project_dir=project)
    private_folder(settings.home)
    export_environment(settings)
    try:
        yield settings
    finally:
        export_environment(in_force)


def run_to_people(settings: Settings, night: date) -> tuple[float, str]:
    """Run the night's steps until people are settled; return the seconds, and what to note."""
    tonight = tonight_of(settings, night)
    started = time.perf_counter()
    names = [step.name for step in STEPS]
    run_steps(tonight, STEPS[: names.index(LAST) + 1])
    seconds = time.perf_counter() - started
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        pairs, asked, records, joined_from = warehouse.execute(
            "select runs.pair_count, runs.clerical_count, runs.record_count, "
            f"(model->>'$.certain')::double from linked.linkage_runs as runs, {TABLE}"
        ).fetchone() or (0, 0, 0, 0.0)
    return seconds, (
        f"{records:,} records, {pairs:,} pairs, joined from {joined_from:.3f}, "
        f"{asked:,} pairs to ask about"
    )


def read_found(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write temp table `found` of the night's people."""
    connection.execute(
        f"attach {literal(str(settings.warehouse))} as night (read_only)"
    )
    connection.execute(
        "create or replace temp table found as "
        "select component_id, coalesce(profile_id, component_id) as g from given "
        "left join night.people.identifiers as known "
        "on known.identifier = concat('crm:generic/', component_id)"
    )
    connection.execute("detach night")
