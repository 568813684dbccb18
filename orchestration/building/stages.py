"""Run one stage of a night: build it, and hold back the segments that break.

Knows dbt's results and the law that a broken segment stops only itself; knows no Dagster.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from orchestration.building.dbt import NodeResult, Project, build
from orchestration.building.engines import engine_of
from orchestration.building.stage_nodes import with_tests
from orchestration.home.settings import Settings
from orchestration.segments.gate import refused_tonight


class StageFailedError(Exception):
    """Something above the segments failed, so the night cannot go on.

    ``results`` are what became of the stage's other models and tests.
    """

    def __init__(self, message: str, results: Sequence[NodeResult] = ()) -> None:
        super().__init__(message)
        self.results = tuple(results)


@dataclass(frozen=True)
class HeldSegment:
    """A segment left out tonight, and the sentence that says why.

    ``is_stale``: because of a source that is too old, and not of anything of its own.
    """

    model: str
    reason: str
    is_stale: bool = False


@dataclass(frozen=True)
class StageOutcome:
    """A stage's results, with the segments that it holds back."""

    results: tuple[NodeResult, ...]
    held: tuple[HeldSegment, ...]


def run_stage(
    settings: Settings,
    project: Project,
    night: date,
    stage: str,
    *,
    unfit: Sequence[HeldSegment] = (),
    only: Iterable[str] | None = None,
) -> StageOutcome:
    """Build ``stage``; where only segments broke, build the rest once more without them.

    ``unfit`` segments are not built at all; with ``only``, nothing is but those nodes.

    Raises:
        StageFailedError: a model or test outside the segments failed.
    """
    engine = engine_of(settings)
    engine.before_stage(project, stage)
    without = [segment.model for segment in unfit]
    nodes = nodes_without(project, stage, without)
    if only is not None:
        nodes &= frozenset(only)
    results = build(settings, project, night, nodes, without)
    engine.after_stage(project, results)
    failed = [result for result in results if result.has_failed]
    if not failed:
        return StageOutcome(tuple(results), tuple(unfit))
    held = (*unfit, *held_segments(project, results))
    waiting = with_tests(
        project.plain, [r.unique_id for r in results if r.was_skipped and not r.is_test]
    )
    again = build(
        settings, project, night, waiting, [segment.model for segment in held]
    )
    engine.after_stage(project, again)
    results = merge(results, again)
    refuse_failures([result for result in again if result.has_failed], results)
    return StageOutcome(tuple(results), held)


def refused_segments(settings: Settings) -> tuple[HeldSegment, ...]:
    """Return the segments that do what no segment may, each with its sentence."""
    return tuple(
        HeldSegment(
            model,
            f"{model} is held back: it {why.removeprefix(model).strip()} Mend the segment and "
            "run the night again.",
        )
        for model, why in sorted(refused_tonight(settings).items())
    )


def nodes_without(
    project: Project, stage: str, segments: Sequence[str]
) -> frozenset[str]:
    """Return the nodes of a stage without these segments and what tests them."""
    out = {f"model.nightpost.{segment}" for segment in segments}
    nodes = project.plain["nodes"]
    return frozenset(
        one
        for one in project.stages[stage] - out
        if nodes[one]["resource_type"] != "test"
        or out.isdisjoint(nodes[one]["depends_on"]["nodes"])
    )


def held_segments(
    project: Project, results: Sequence[NodeResult]
) -> tuple[HeldSegment, ...]:
    """Return the segments to hold back for what failed among ``results``.

    Raises:
        StageFailedError: one of them is no segment and no segment's test.
    """
    failed = [result for result in results if result.has_failed]
    refuse_failures(
        [one for one in failed if not project.is_segment(segment_id(one))], results
    )
    by_model: dict[str, HeldSegment] = {}
    for result in failed:
        model = segment_id(result).rsplit(".", maxsplit=1)[-1]
        by_model.setdefault(model, HeldSegment(model, why_held(model, result)))
    return tuple(by_model[model] for model in sorted(by_model))


def segment_id(result: NodeResult) -> str:
    """Return the unique id of the model that a result speaks of."""
    return (result.attached_to or "") if result.is_test else result.unique_id


def why_held(model: str, result: NodeResult) -> str:
    """Return the sentence for a broken segment."""
    if result.is_test:
        return (
            f"{model} is held back: its data test {result.name} failed in "
            f"{result.failures} row(s). Mend the segment and run the night again."
        )
    return (
        f"{model} is held back: its SQL failed ({result.message}). "
        "Mend the segment and run the night again."
    )


def refuse_failures(
    failed: Sequence[NodeResult], results: Sequence[NodeResult]
) -> None:
    """Raise for the first of ``failed``, naming them all; ``results`` tell the rest."""
    if not failed:
        return
    names = ", ".join(sorted(result.name for result in failed))
    raise StageFailedError(
        f"The night stops and publishes nothing: {names} failed. "
        f"The first one says: {failed[0].message}",
        results,
    )


def merge(first: Sequence[NodeResult], again: Sequence[NodeResult]) -> list[NodeResult]:
    """Return ``first`` with the nodes that were built ``again`` replaced."""
    rebuilt = {result.unique_id: result for result in again}
    kept = [result for result in first if result.unique_id not in rebuilt]
    return [*kept, *rebuilt.values()]
