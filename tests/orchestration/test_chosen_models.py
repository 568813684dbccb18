"""What Dagster shows of a stage: any part of it can be built, and a red test is red."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.assets.dbt_stages import stage_assets
from orchestration.building import stages
from orchestration.building.dbt import project_of
from orchestration.home.files import private_folder
from orchestration.home.settings import Settings, export_environment, read_settings
from orchestration.jobs.resources import Night

NIGHT = date(2026, 4, 5)
ORDERS, PRODUCTS = (
    dg.AssetKey(["staging", f"stg_shopify__{name}"]) for name in ("orders", "products")
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home of which the stage staging was built, over no rows, for one night."""
    settings = read_settings(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NIGHTPOST_HOME", "NIGHTPOST_WAREHOUSE", "NIGHTPOST_AS_OF"):
            patch.setenv(name, "")
        export_environment(settings)
        arrived = settings.home / "inbox" / "consent" / "ledger" / f"{NIGHT}.csv"
        arrived.parent.mkdir(parents=True)
        arrived.write_text("subject\n")
        private_folder(settings.warehouse.parent)
        contracts = read_contracts(settings.project_dir)
        with duckdb.connect(str(settings.warehouse)) as warehouse:
            write_raw_views(warehouse, settings.home, contracts, NIGHT)
        stages.run_stage(settings, project_of(settings), NIGHT, "staging")
        yield settings


def materialise(
    settings: Settings, *chosen: dg.AssetKey, night: date = NIGHT
) -> dg.ExecuteInProcessResult:
    contracts = read_contracts(settings.project_dir)
    return dg.materialize(
        [stage_assets(settings, project_of(settings), contracts, "staging")],
        partition_key=night.isoformat(),
        resources={"night": Night(home=str(settings.home))},
        selection=list(chosen),
        raise_on_error=False,
    )


def built(result: dg.ExecuteInProcessResult) -> set[dg.AssetKey | None]:
    return {event.asset_key for event in result.get_asset_materialization_events()}


@pytest.mark.parametrize("chosen", [[ORDERS], [ORDERS, PRODUCTS]])
def test_models_that_a_person_chose_are_built_and_no_others(
    settings: Settings, chosen: list[dg.AssetKey]
) -> None:
    result = materialise(settings, *chosen)

    assert result.success
    assert built(result) == set(chosen)
    checked = {one.asset_key for one in result.get_asset_check_evaluations()}
    assert checked == set(chosen)
    assert all(one.passed for one in result.get_asset_check_evaluations())


def test_models_are_not_built_into_another_night(settings: Settings) -> None:
    result = materialise(settings, ORDERS, night=date(2026, 4, 6))

    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "is of 2026-04-05, not of 2026-04-06" in str(failure.event_specific_data)
    assert not built(result)


def test_a_test_that_fails_above_the_segments_is_a_red_check_beside_what_was_built(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = stages.build

    def with_one_failure(*given: Any) -> list[Any]:
        results = real(*given)
        first = min(one.name for one in results if one.is_test and one.attached_to)
        return [
            replace(one, has_failed=True, failures=3) if one.name == first else one
            for one in results
        ]

    monkeypatch.setattr(stages, "build", with_one_failure)
    result = materialise(settings, ORDERS, PRODUCTS)

    assert not result.success
    assert built(result) == {ORDERS, PRODUCTS}
    (red,) = [one for one in result.get_asset_check_evaluations() if not one.passed]
    assert red.severity == dg.AssetCheckSeverity.ERROR
    assert red.metadata["failing_rows"].value == 3
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert red.check_name in str(failure.event_specific_data)


def test_an_empty_home_says_that_no_night_is_there(tmp_path: Path) -> None:
    from orchestration.building.warehouse import warehouse_night

    assert warehouse_night(read_settings(tmp_path)) is None
