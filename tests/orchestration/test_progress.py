"""A night tells its steps as they end; what a step warned of is not lost."""

import io
import re

import dagster as dg
import pytest

from orchestration.command.progress import Progress, plain_name

RUN = "3f2a1c5e-0000-4000-8000-000000000000"


@dg.op
def load(context: dg.OpExecutionContext) -> None:
    context.log.warning("One file is late.")


@dg.op
def row_counts() -> None:
    """Count nothing."""


@dg.op
def broken() -> None:
    raise ValueError


@dg.job
def whole() -> None:
    load()
    row_counts()


@dg.job
def failing() -> None:
    broken()


def run(job: dg.JobDefinition, progress: Progress) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_event_listener(RUN, progress)
        job.execute_in_process(instance=instance, run_id=RUN, raise_on_error=False)


def test_each_step_is_a_line_with_its_seconds(
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = io.StringIO()
    progress = Progress(out, steps=2)

    run(whole, progress)

    first, second = out.getvalue().splitlines()
    assert re.fullmatch(r"   1/2 \S.*\S {2,}\d+\.\d s", first)
    assert re.fullmatch(r"   2/2 \S.*\S {2,}\d+\.\d s", second)
    assert {first.split()[1], second.split()[1]} == {"load", "row"}
    assert progress.warnings == ["One file is late."]


def test_a_step_that_fails_is_told_so() -> None:
    out = io.StringIO()

    run(failing, Progress(out, steps=1))

    assert out.getvalue() == f"   1/1 {'broken':<18}  failed\n"


def test_a_quiet_run_prints_nothing_and_still_remembers() -> None:
    progress = Progress(None, steps=2)

    run(whole, progress)

    assert progress.warnings == ["One file is late."]


def test_a_steps_name_is_words() -> None:
    assert plain_name("row_counts") == "row counts"
    assert plain_name("load") == "load"
