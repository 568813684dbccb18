"""What this code does in dbt's stead gives what dbt's own does."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import dbt.task.build
import pytest
from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context.macros import MacroNamespaceBuilder
from dbt.exceptions import PackageNotFoundForMacroError
from dbt.graph.graph import Graph
from dbt.task.build import BuildTask
from dbt_common.events.event_manager import EventManager

from orchestration.building.dbt_build import build_namespace, building, counting_sql

PACKAGES = ("shop", "helpers", "dbt", "dbt_duckdb")
MACROS = {
    package: {
        name: SimpleNamespace(name=name, package_name=package, unique_id=f"{package}.{name}")
        for name in ("only_" + package, "everywhere", *extra)
    }
    for package, extra in zip(
        PACKAGES, (("shops",), ("shops",), ("dbts",), ("dbts",)), strict=True
    )
}  # fmt: skip


def builder(search: str) -> MacroNamespaceBuilder:
    return MacroNamespaceBuilder(
        "shop", search, MacroStack(), ["dbt_duckdb", "dbt"], None
    )


def bound_to(namespace: Any) -> dict[str, str]:
    """Return which macro each name, also of a package, stands for."""
    return {
        name: one.macro.unique_id
        if isinstance(one, MacroGenerator)
        else str(sorted((key, of.macro.unique_id) for key, of in one.items()))
        for name, one in dict(namespace).items()
    }


@pytest.mark.parametrize("search", ["shop", "helpers", "dbt"])
def test_a_node_calls_the_macros_that_dbt_binds_to_it(search: str) -> None:
    theirs: Any = builder(search).build_namespace(MACROS, {})  # type: ignore[arg-type]
    ours = build_namespace(builder(search), MACROS, {})

    assert bound_to(ours) == bound_to(theirs)
    for package in (None, "dbt", "shop", "helpers"):
        for name in ("everywhere", "shops", "dbts", "nowhere"):
            one = ours.get_from_package(package, name)
            other = theirs.get_from_package(package, name)
            assert (one and one.macro) == (other and other.macro), (package, name)
    with pytest.raises(PackageNotFoundForMacroError):
        ours.get_from_package("no_such_package", "everywhere")


def test_a_data_test_counts_its_failures_against_its_own_limits() -> None:
    config = SimpleNamespace(
        fail_calc="count(*)", warn_if="!= 0", error_if="> 5", limit=10
    )
    found = counting_sql(SimpleNamespace(config=config, compiled_code="select 1"))

    assert " ".join(found.split()) == (
        "select count(*) as failures, count(*) != 0 as should_warn, count(*) > 5 as "
        "should_error from ( select 1 limit 10 ) as dbt_internal_test"
    )


@pytest.fixture
def dbts_own() -> Iterator[tuple[Any, ...]]:
    yield (
        dbt.task.build.BuildTask,
        EventManager.fire_event,
        MacroNamespaceBuilder.build_namespace,
    )


def test_dbt_is_as_it_was_when_a_build_has_ended_however_it_ended(
    dbts_own: tuple[Any, ...],
) -> None:
    with pytest.raises(RuntimeError), building((), Graph(None)):
        assert dbt.task.build.BuildTask is not BuildTask
        raise RuntimeError

    assert dbts_own == (
        dbt.task.build.BuildTask,
        EventManager.fire_event,
        MacroNamespaceBuilder.build_namespace,
    )
