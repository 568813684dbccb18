"""Dagster sees one lineage, one job with the pinned steps, and the right clock."""

import json
import re
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from dbt.cli.main import dbtRunner

from orchestration import steps
from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.export_dates import NothingArrivedError
from orchestration.building.dbt import (
    LEFT_OUT,
    QUIET,
    STAGES,
    Project,
    common_flags,
    project_of,
)
from orchestration.building.warehouse import load_night
from orchestration.command.nights import NoSuchNightError, nights_between
from orchestration.command.progress import plain_name
from orchestration.definitions import JOB, build_definitions
from orchestration.home.settings import Settings, read_settings
from orchestration.jobs.partitions import nightly_partitions
from orchestration.jobs.schedules import evaluate_inbox
from tests.conftest import REPOSITORY

STEPS = [step.name for step in steps.STEPS]
GROUPS = {
    "raw", "reference", "clock", "staging", "intermediate", "marts", "segments",
    "activation", "audiences", "payloads", "outbox",
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return read_settings(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def project(settings: Settings, definitions: dg.Definitions) -> Project:
    return project_of(settings)


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NIGHTPOST_HOME", "NIGHTPOST_WAREHOUSE", "DAGSTER_HOME"):
            patch.setenv(name, "")
        return build_definitions(settings)


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    found = definitions.resolve_all_asset_specs()
    return {spec.key.to_user_string(): spec for spec in found}


def test_the_steps_of_a_night_are_these_in_this_order(
    definitions: dg.Definitions,
) -> None:
    job = definitions.resolve_job_def(JOB)

    shown = [node.name for node in job.nodes_in_topological_order]

    # a check of the sources on its own, which nothing waits for
    assert [name for name in shown if name != "freshness"] == STEPS
    assert [name for name in STEPS if name in STAGES] == list(STAGES)


def test_the_first_page_lists_the_steps_of_a_night() -> None:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    listed = re.search(r"steps of one Dagster job: ([^.]*)\.", page)
    assert listed
    names = [" ".join(name.split()) for name in listed[1].split(",")]

    assert names == [plain_name(step) for step in STEPS]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_the_nodes_that_dbt_would_select(
    stage: str, settings: Settings, project: Project
) -> None:
    outcome = dbtRunner(manifest=project.manifest).invoke(
        [
            *QUIET, "ls", *common_flags(settings), "--select", *STAGES[stage].split(),
            *(["--exclude", *LEFT_OUT[stage].split()] if stage in LEFT_OUT else []),
            "--indirect-selection", "buildable", "--exclude-resource-type", "unit_test",
            "--output", "json", "--output-keys", "unique_id",
        ]
    )  # fmt: skip
    selected = {json.loads(line)["unique_id"] for line in outcome.result}

    assert len(selected) > 30
    assert project.stages[stage] == selected


def test_every_node_is_built_in_one_stage_and_every_test_runs(project: Project) -> None:
    built = [node for nodes in project.stages.values() for node in nodes]

    assert len(built) == len(set(built))
    nodes = project.plain["nodes"]
    left = [nodes[one] for one in nodes.keys() - built]
    # a vendor that is switched off leaves its tests behind, on no model
    assert not [one["name"] for one in left if one["depends_on"]["nodes"]]


def test_loads_models_and_exports_are_one_lineage(
    specs: dict[str, dg.AssetSpec],
) -> None:
    everything, waiting = set[str](), ["outbox/current"]
    while waiting:
        direct = {dep.asset_key.to_user_string() for dep in specs[waiting.pop()].deps}
        waiting.extend(direct - everything)
        everything |= direct

    assert {"ga4/events", "marts/carts", "segments/seg_cart_abandoners"} <= everything
    assert {"audiences/cart_abandoners", "payloads/cart_abandoners"} <= everything


def test_every_asset_is_grouped_by_layer_owned_described_and_of_a_kind(
    specs: dict[str, dg.AssetSpec],
) -> None:
    assert {spec.group_name for spec in specs.values()} == GROUPS
    bare = [
        key
        for key, spec in specs.items()
        if not (spec.owners and spec.description and spec.kinds)
    ]
    assert not bare, f"give these an owner, a description and a kind: {bare}"


def test_dbt_tests_are_asset_checks_of_their_own_model(
    definitions: dg.Definitions,
) -> None:
    keys = definitions.resolve_asset_graph().asset_check_keys
    checks = {(key.asset_key.to_user_string(), key.name) for key in keys}

    assert ("segments/seg_champions", "unique_seg_champions_profile_id") in checks
    assert all("/" in asset for asset, _ in checks)


def test_the_schedule_runs_at_half_past_two_business_time(
    definitions: dg.Definitions, settings: Settings
) -> None:
    schedule = definitions.resolve_schedule_def("every_night")

    assert schedule.cron_schedule == "30 2 * * *"
    assert schedule.execution_timezone == settings.business_time_zone


def test_a_night_becomes_runnable_when_its_business_day_has_ended(
    definitions: dg.Definitions, settings: Settings
) -> None:
    partitions = definitions.resolve_job_def(JOB).partitions_def
    assert isinstance(partitions, dg.DailyPartitionsDefinition)

    assert partitions.timezone == settings.business_time_zone
    assert partitions.get_last_partition_key() < str(date.today())


@pytest.mark.parametrize(
    ("room", "first"),
    [
        ("inbox/consent/ledger/2026-03-01.csv", "2026-03-01"),
        ("raw/consent/ledger/export_date=2026-02-28/x.parquet", "2026-02-28"),
        ("inbox/consent/ledger/1999-01-01.csv", "2009-12-01"),
        ("inbox/consent/ledger/2026-01-01.csv.sha256", None),
        ("inbox/consent/ledger/.2026-01-01.csv", None),
    ],
)
def test_nights_begin_with_the_first_export(
    room: str, first: str | None, tmp_path: Path, settings: Settings
) -> None:
    for name in (room, "inbox/consent/ledger/2026-03-02.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("subject\n")
    own = Settings(tmp_path, settings.project_dir, settings.templates)

    first_key = nightly_partitions(own).get_first_partition_key()
    assert first_key == (first or "2026-03-02")


def test_a_home_in_which_nothing_arrived_shows_a_few_nights(
    tmp_path: Path, settings: Settings
) -> None:
    own = Settings(tmp_path, settings.project_dir, settings.templates)

    assert 0 < len(nightly_partitions(own).get_partition_keys()) < 10


def test_a_night_of_which_nothing_arrived_is_refused_before_anything_is_touched(
    tmp_path: Path, settings: Settings
) -> None:
    own = Settings(tmp_path, settings.project_dir, settings.templates)
    folder = tmp_path / "inbox" / "consent" / "ledger"
    folder.mkdir(parents=True)
    (folder / "2026-03-01.csv").write_text("subject\n")
    own.warehouse.parent.mkdir()
    own.warehouse.write_text("the warehouse of another night")

    with pytest.raises(NothingArrivedError, match="Nothing has arrived for 2026-03-02"):
        load_night(own, read_contracts(own.project_dir), date(2026, 3, 2))
    assert own.warehouse.read_text() == "the warehouse of another night"
    assert nights_between(own, date(2026, 2, 27), date(2026, 3, 9)) == [
        date(2026, 3, 1)
    ]
    with pytest.raises(NoSuchNightError, match="any day from 2026-03-02 to 2026-03-09"):
        nights_between(own, date(2026, 3, 2), date(2026, 3, 9))


def test_the_inbox_sensor_asks_for_the_newest_night_once_per_change(
    tmp_path: Path, settings: Settings
) -> None:
    own = Settings(tmp_path, settings.project_dir, settings.templates)
    contracts = read_contracts(own.project_dir)
    assert evaluate_inbox(own, contracts, None).skip_reason

    folder = tmp_path / "inbox" / "consent" / "ledger"
    folder.mkdir(parents=True)
    for night in ("2026-03-01", "2026-03-02"):
        (folder / f"{night}.csv").write_text("subject\n")
    first = evaluate_inbox(own, contracts, None)
    again = evaluate_inbox(own, contracts, first.cursor)

    assert first.run_requests is not None
    assert [request.partition_key for request in first.run_requests] == ["2026-03-02"]
    assert again.skip_reason
    (folder / "2026-03-02.csv").write_text("subject,channel\n")
    assert evaluate_inbox(own, contracts, first.cursor).run_requests


def test_the_inbox_sensor_ignores_a_day_that_is_not_over(
    tmp_path: Path, settings: Settings
) -> None:
    own = Settings(tmp_path, settings.project_dir, settings.templates)
    folder = tmp_path / "inbox" / "consent" / "ledger"
    folder.mkdir(parents=True)
    (folder / f"{date.max.isoformat()}.csv").write_text("subject\n")

    assert evaluate_inbox(own, read_contracts(own.project_dir), None).skip_reason


def test_a_night_a_day_and_a_verification_a_week_are_scheduled(
    definitions: dg.Definitions,
) -> None:
    schedules = {one.name: one for one in definitions.schedules or []}

    assert set(schedules) == {"every_night", "every_sunday"}
    weekly = schedules["every_sunday"]
    assert isinstance(weekly, dg.ScheduleDefinition)
    assert weekly.cron_schedule == "0 6 * * 0"
    assert weekly.execution_timezone == "Europe/London"
