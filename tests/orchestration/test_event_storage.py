"""The event log keeps its engine, and is what Dagster takes it for."""

from datetime import date
from pathlib import Path

import dagster as dg

from orchestration.home.settings import export_environment, read_settings
from orchestration.jobs.dagster_home import prepare_dagster_home
from orchestration.jobs.event_storage import KeptEventLogStorage


def test_events_of_a_run_are_kept_by_one_engine(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "home")
    export_environment(settings)
    prepare_dagster_home(settings)

    @dg.asset
    def counted() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"night": date(2026, 4, 5).isoformat()})

    with dg.DagsterInstance.get() as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, KeptEventLogStorage)
        engine = storage._engine
        dg.materialize([counted], instance=instance)
        event = instance.get_latest_materialization_event(dg.AssetKey("counted"))

        assert storage._engine is engine
        assert event and event.asset_materialization
        assert event.asset_materialization.metadata["night"].value == "2026-04-05"
