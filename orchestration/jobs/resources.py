"""What every step of a night shares: the settings, and the lock that one night holds."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from orchestration.arrivals.contracts import Contract
from orchestration.building.dbt import Project
from orchestration.home.locks import night_lock
from orchestration.home.settings import Settings, export_environment, read_settings
from orchestration.jobs.dagster_home import storage_kept_open
from orchestration.steps import Tonight


class Night(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The night's home. Holds the night's lock from the first step to the last."""

    home: str

    @property
    def settings(self) -> Settings:
        """The settings of this home."""
        return read_settings(Path(self.home))

    def tonight(
        self, project: Project, contracts: tuple[Contract, ...], day: str
    ) -> Tonight:
        """Return what the steps of the partition ``day`` are given."""
        return Tonight(self.settings, project, contracts, date.fromisoformat(day))

    @contextmanager
    def yield_for_execution(
        self, context: dg.InitResourceContext
    ) -> Generator["Night"]:
        """Wait for the lock, and free it when the run has ended, however it ended."""
        export_environment(self.settings)
        with (
            night_lock(self.settings.home, wait=True),
            storage_kept_open(self.settings),
        ):
            yield self
