"""dbt inside this process: one parsed project, and the stages of a night.

Everything that leans on dbt-core's and dbt-duckdb's internals is in this module.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.results import NodeStatus, TestStatus
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.constants import DEFAULT_ENV_PLACEHOLDER
from dbt.contracts.graph.manifest import Manifest
from dbt.graph.graph import Graph
from dbt.parser import read_files
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder

from orchestration.building.dbt_build import building, link
from orchestration.building.file_rules import file_rules
from orchestration.building.stage_nodes import chosen_nodes, with_tests
from orchestration.home.files import private_folder, write_atomically
from orchestration.home.fingerprints import files_digest, written_files
from orchestration.home.redaction import redact
from orchestration.home.settings import Settings, environment_value, set_night
from orchestration.segments.gate import judge_files

# The stages of a night, in order. A stage is one dbt build of the nodes under these folders,
# but for a folder inside them that is another stage's.
STAGES: Mapping[str, str] = {
    "staging": "resource_type:seed fqn:nightpost.clock fqn:nightpost.staging",
    "facts": (
        "fqn:nightpost.staging.steps.cleaned fqn:nightpost.intermediate.unioned "
        "fqn:nightpost.intermediate.identity"
    ),
    "marts": (
        "fqn:nightpost.staging.steps.linked fqn:nightpost.staging.steps.people "
        "fqn:nightpost.intermediate.people "
        "fqn:nightpost.intermediate.behaviour fqn:nightpost.marts"
    ),
    "scores": (
        "fqn:nightpost.staging.steps.predictions fqn:nightpost.staging.steps.recommender "
        "fqn:nightpost.marts.foretold"
    ),
    "audiences": "fqn:nightpost.segments fqn:nightpost.activation",
}


def inner_folders(stage: str) -> str:
    """Return the folders of other stages that lie inside a stage's own, as a selector."""
    own = tuple(f"{folder}." for folder in STAGES[stage].split())
    others = (one for select in STAGES.values() for one in select.split())
    return " ".join(one for one in others if one.startswith(own))


# What a stage leaves to a later one: it reads a table that a step between them writes.
LEFT_OUT: Mapping[str, str] = {
    stage: inner for stage in STAGES if (inner := inner_folders(stage))
}

FAILED = {NodeStatus.Error, NodeStatus.Fail, TestStatus.Error, TestStatus.Fail}
SKIPPED = {NodeStatus.Skipped}


class ProjectDoesNotParseError(Exception):
    """dbt cannot read the project, so nothing can be built."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test."""

    unique_id: str
    name: str
    is_test: bool
    attached_to: str | None
    has_failed: bool
    was_skipped: bool
    failures: int
    seconds: float
    message: str


@dataclass(frozen=True)
class Project:
    """The parsed project: dbt's own object, and the same as plain data for Dagster."""

    manifest: Manifest
    plain: Mapping[str, Any]

    @cached_property
    def graph(self) -> Graph:
        """Dbt's graph of the project, linked once."""
        return link(self.manifest)

    @cached_property
    def stages(self) -> Mapping[str, frozenset[str]]:
        """The nodes of each stage, its data tests among them."""
        return {
            stage: with_tests(
                self.plain, chosen_nodes(self.plain, select, LEFT_OUT.get(stage, ""))
            )
            for stage, select in STAGES.items()
        }

    def is_segment(self, unique_id: str | None) -> bool:
        """Tell whether ``unique_id`` is a segment model."""
        node = self.plain["nodes"].get(unique_id or "", {})
        return "segments" in node.get("fqn", [])[:2]


def common_flags(settings: Settings) -> list[str]:
    """Return the flags of every dbt call: this home's folders, and nothing printed."""
    return [
        "--project-dir", str(settings.project_dir),
        "--profiles-dir", str(settings.project_dir),
        "--target-path", str(settings.dbt_target),
        "--log-path", str(settings.dbt_logs),
        "--target", settings.target,
    ]  # fmt: skip


# Variables that a model reads when it is built; what they say at parse decides nothing.
READ_AT_BUILD = {"NIGHTPOST_AS_OF", "NIGHTPOST_HELD_SEGMENTS", "NIGHTPOST_RULES"}
# What the files of a parsed project are called, before the key.
PARSED = "parsed-"
QUIET = ["--quiet", "--log-level", "none", "--log-level-file", "none"]


def parse_project(settings: Settings) -> Project:
    """Return the parsed project, as this home parsed it last unless a file of it changed.

    Raises:
        ProjectDoesNotParseError: with dbt's own words, values left out.
    """
    if settings.target == "spark" and not find_spec("dbt.adapters.spark"):
        raise ProjectDoesNotParseError(
            "The target spark needs more packages: pip install 'nightpost[spark]'."
        )
    for folder in (settings.dbt_target, settings.dbt_logs, settings.warehouse.parent):
        private_folder(folder)
    kept = settings.dbt_target / f"{PARSED}{parse_key(settings)}"
    if known := read_parsed(kept):
        return known
    stand_ins = judge_files(settings).stand_ins
    with reading(stand_ins):
        outcome = dbtRunner().invoke([*QUIET, "parse", *common_flags(settings)])
    if not outcome.success or not isinstance(outcome.result, Manifest):
        raise ProjectDoesNotParseError(
            "The dbt project does not parse, so nothing was built and nothing published. "
            f"dbt says: {redact(str(outcome.exception))}"
        )
    manifest_json = (settings.dbt_target / "manifest.json").read_bytes()
    # while a segment is refused its file is not what dbt has read
    if not stand_ins:
        keep_parsed(kept, outcome.result, manifest_json)
    return Project(outcome.result, json.loads(manifest_json))


@contextmanager
def reading(stand_ins: Mapping[str, str]) -> Iterator[None]:
    """Let dbt read another text in place of some files, by path, while the block runs."""
    reader: Any = read_files
    original: Callable[..., str] = reader.load_file_contents

    def load_file_contents(path: str, strip: bool = True) -> str:
        return stand_ins.get(path) or original(path, strip)

    reader.load_file_contents = load_file_contents
    try:
        yield
    finally:
        reader.load_file_contents = original


def parse_key(settings: Settings) -> str:
    """Return the sha256 of all that dbt reads to parse the project."""
    project, seeds = settings.project_dir, settings.project_dir.parent / "seeds"
    parts = [
        files_digest(written_files(room), room)
        for room in (project, seeds / "reference")
    ]
    parts += [f"{one}={version(one)}" for one in ("dbt-core", "dbt-duckdb")]
    return hashlib.sha256(" ".join([settings.target, *parts]).encode()).hexdigest()


def read_parsed(kept: Path) -> Project | None:
    """Return the project kept under this name, if there is one and dbt would parse it so."""
    try:
        packed = kept.with_suffix(".msgpack").read_bytes()
        plain = json.loads(kept.with_suffix(".json").read_bytes())
    except FileNotFoundError:
        return None
    manifest = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)
    link_nodes: Callable[[], None] = manifest.build_parent_and_child_maps
    link_nodes()
    return Project(manifest, plain) if has_same_environment(manifest) else None


def keep_parsed(kept: Path, manifest: Manifest, plain: bytes) -> None:
    """Keep a parsed project under this name, and no other."""
    for other in kept.parent.glob(f"{PARSED}*"):
        other.unlink(missing_ok=True)
    write_atomically(kept.with_suffix(".json"), plain)
    packed = manifest.to_msgpack(extended_mashumaro_encoder)
    write_atomically(kept.with_suffix(".msgpack"), packed)


def has_same_environment(manifest: Manifest) -> bool:
    """Tell whether each variable that decided something at parse says what it said then."""
    return all(
        environment_value(name, DEFAULT_ENV_PLACEHOLDER) == value
        for name, value in manifest.env_vars.items()
        if name not in READ_AT_BUILD
    )


@lru_cache(maxsize=1)
def project_of(settings: Settings) -> Project:
    """Return the project of ``settings``, parsed once per process."""
    return parse_project(settings)


def build(
    settings: Settings,
    project: Project,
    night: date,
    nodes: Collection[str],
    held_segments: Sequence[str] = (),
) -> list[NodeResult]:
    """Build and test ``nodes`` for ``night``; never raises for a failed node.

    The warehouse is closed afterwards, so that others may open it.
    """
    rules = file_rules(project.plain, settings.variables)
    set_night(night, tuple(held_segments), rules, settings.message_key(night))
    arguments = [*QUIET, "build", *common_flags(settings), "--no-write-json"]
    try:
        with building(nodes, project.graph):
            outcome = dbtRunner(manifest=project.manifest).invoke(arguments)
    finally:
        close_warehouse()
    return read_results(outcome)


def close_warehouse() -> None:
    """Let go of the DuckDB file, which dbt-duckdb keeps open after a command."""
    close: Callable[[], None] = DuckDBConnectionManager.close_all_connections
    close()


def read_results(outcome: dbtRunnerResult) -> list[NodeResult]:
    """Return dbt's results as plain values, with messages that name no person's data.

    Raises:
        ProjectDoesNotParseError: dbt stopped before it built anything.
    """
    results = getattr(outcome.result, "results", None)
    if results is None:
        raise ProjectDoesNotParseError(
            "dbt stopped before it built anything, so nothing was published. "
            f"dbt says: {redact(str(outcome.exception))}"
        )
    return [read_result(result) for result in results]


def read_result(result: Any) -> NodeResult:
    """Return one of dbt's results as plain values."""
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        name=node.name,
        is_test=node.resource_type == "test",
        attached_to=getattr(node, "attached_node", None),
        has_failed=result.status in FAILED,
        was_skipped=result.status in SKIPPED,
        failures=int(result.failures or 0),
        seconds=round(float(result.execution_time), 3),
        message=redact(str(result.message or "")),
    )
