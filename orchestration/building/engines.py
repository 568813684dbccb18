"""Which engine computes dbt's models, and what the steps around them need of it.

Every step in Python reads and writes the working warehouse, a DuckDB file. Where DuckDB
also computes the models there is nothing more to do; any other engine is shown what those
steps wrote, and shows them what it computed.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Protocol

from orchestration.arrivals.contracts import Contract
from orchestration.home.settings import Settings

if TYPE_CHECKING:
    from orchestration.building.dbt import NodeResult, Project


class Engine(Protocol):
    """What the steps of a night ask of the engine behind dbt."""

    @property
    def keeps_staging(self) -> bool:
        """Whether staging is computed once, so that a held file must go out of it."""

    def show_raw(
        self, contracts: Sequence[Contract], night: date, without: Collection[str] = ()
    ) -> None:
        """Let the engine see the raw zone as ``night`` knows it."""

    def before_stage(self, project: "Project", stage: str) -> None:
        """Let the engine see what steps in Python wrote for ``stage``."""

    def after_stage(self, project: "Project", built: "Iterable[NodeResult]") -> None:
        """Let the steps in Python see what the engine built."""


class WarehouseItself:
    """DuckDB: the warehouse is where the models are computed, so all see all."""

    keeps_staging = False

    def show_raw(
        self, contracts: Sequence[Contract], night: date, without: Collection[str] = ()
    ) -> None:
        """Do nothing: the raw views are in the warehouse."""

    def before_stage(self, project: "Project", stage: str) -> None:
        """Do nothing."""

    def after_stage(self, project: "Project", built: "Iterable[NodeResult]") -> None:
        """Do nothing."""


@cache
def engine_of(settings: Settings) -> Engine:
    """Return the engine that ``settings`` name."""
    if settings.target == "spark":
        from orchestration.building.spark.engine import SparkEngine

        return SparkEngine(settings)
    return WarehouseItself()
