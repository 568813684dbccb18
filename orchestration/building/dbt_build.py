"""dbt's build over a list of nodes, without the work whose result nobody reads.

A night is five builds of one parsed project. Left to itself, dbt links the whole graph
and walks it for the selection in each of them, makes an event of every step although no
log is kept, and binds every macro of the project to every node one by one. None of that
changes what is built. Whatever leans on dbt-core's inside is here and in `dbt.py`;
`tests/orchestration/test_dbt_build.py` holds it against dbt's own.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import dbt.task.build
from dbt import selected_resources
from dbt.artifacts.resources.types import NodeType
from dbt.clients.jinja import MacroGenerator
from dbt.compilation import Linker
from dbt.context.macros import MacroNamespaceBuilder
from dbt.contracts.graph.manifest import Manifest
from dbt.exceptions import PackageNotFoundForMacroError
from dbt.graph.graph import Graph, UniqueId
from dbt.graph.queue import GraphQueue
from dbt.task.build import BuildTask
from dbt.task.test import TestResultData, TestRunner
from dbt_common.events.event_manager import EventManager

DBT = "dbt"


class NodesTask(BuildTask):
    """`dbt build` of exactly ``nodes``, in the order of a graph that is linked already."""

    def __init__(self, *parts: Any, nodes: Collection[str], graph: Graph) -> None:
        super().__init__(*parts)
        self._nodes = {UniqueId(node) for node in nodes}
        self._whole_graph = graph

    def compile_manifest(self) -> None:
        """Take the graph as it is."""
        self.graph = self._whole_graph

    def get_graph_queue(self) -> GraphQueue:
        """Return the queue of the nodes; unit tests are none of them."""
        self.selected_unit_tests: set[str] = set()
        self.model_to_unit_test_map: dict[str, list[str]] = {}
        selected_resources.set_selected_resources(self._nodes)
        subset = self._whole_graph.get_subset_graph(self._nodes)
        manifest: Any = self.manifest
        return GraphQueue(subset.graph, manifest, self._nodes)

    def get_runner_type(self, node: Any) -> Any:
        """Return who builds a node; a data test needs no materialization."""
        if node.resource_type == NodeType.Test and node.config.materialized == "test":
            return CountingRunner
        return super().get_runner_type(node)


class CountingRunner(TestRunner):
    """A data test as the one query that dbt's materialization makes of it."""

    def execute_data_test(self, data_test: Any, manifest: Manifest) -> TestResultData:
        """Count the rows that fail, and compare them with the limits of the test."""
        if data_test.config.store_failures or self.adapter.type() != "duckdb":
            return super().execute_data_test(data_test, manifest)
        _, found = self.adapter.execute(counting_sql(data_test), fetch=True)
        failures, should_warn, should_error = found.rows[0]
        return TestResultData(
            failures=int(failures),
            should_warn=bool(should_warn),
            should_error=bool(should_error),
            adapter_response={},
        )


def counting_sql(data_test: Any) -> str:
    """Return the query of a compiled data test: failures, should_warn, should_error."""
    config = data_test.config
    limit = f"limit {config.limit}" if config.limit else ""
    return (
        f"select {config.fail_calc} as failures, "
        f"{config.fail_calc} {config.warn_if} as should_warn, "
        f"{config.fail_calc} {config.error_if} as should_error "
        f"from (\n{data_test.compiled_code}\n{limit}\n) as dbt_internal_test"
    )


def link(manifest: Manifest) -> Graph:
    """Return dbt's graph of a project, in which a node waits for the tests before it."""
    linker = Linker()
    linker.link_graph(manifest)
    link_parents: Callable[[], None] = manifest.build_parent_and_child_maps
    link_parents()
    linker.add_test_edges_1(manifest)
    return Graph(linker.graph)


class Namespace(dict[str, Any]):
    """Every macro by the name that a node calls it by, nearest package first."""

    def __init__(
        self,
        packages: Mapping[str, Any],
        internal: Mapping[str, Any],
        search: Iterable[str],
    ) -> None:
        super().__init__({**internal, DBT: internal, **packages})
        for package in search:
            self.update(packages.get(package, {}))
        self.packages = packages
        self.global_project_namespace = internal

    def get_from_package(self, package_name: str | None, name: str) -> Any:
        """Return one macro of a package, or of the nearest that has it."""
        if package_name is None:
            return self.get(name)
        if package_name == DBT:
            return self.global_project_namespace.get(name)
        if package_name not in self.packages:
            raise PackageNotFoundForMacroError(package_name)
        return self.packages[package_name].get(name)


def build_namespace(
    builder: MacroNamespaceBuilder,
    macros_by_package: Mapping[str, Mapping[str, Any]],
    ctx: dict[str, Any],
) -> Namespace:
    """Bind all macros to one node's context; what dbt's own method does, in one pass."""
    bound = {
        package: {
            macro.name: MacroGenerator(macro, ctx, builder.node, builder.thread_ctx)
            for macro in macros.values()
        }
        for package, macros in macros_by_package.items()
    }
    internal: dict[str, Any] = {}
    for package in reversed(builder.internal_package_names_order):
        internal.update(bound.get(package, {}))
    packages = {
        package: macros
        for package, macros in bound.items()
        if package not in builder.internal_package_names
    }
    return Namespace(packages, internal, (builder.root_package, builder.search_package))


fire = EventManager.fire_event


def fire_if_heard(
    manager: EventManager,
    e: Any,
    level: Any = None,
    node: Any = None,
    force_warn_or_error_handling: bool = False,
) -> None:
    """Fire an event where a log hears it, or where a warning may be an error."""
    if manager.loggers or force_warn_or_error_handling:
        fire(manager, e, level, node, force_warn_or_error_handling)


@contextmanager
def building(nodes: Collection[str], graph: Graph) -> Iterator[None]:
    """Let dbt's next build be one of ``nodes``."""

    def task(*parts: Any) -> NodesTask:
        return NodesTask(*parts, nodes=nodes, graph=graph)

    with ExitStack() as replaced:
        for holder, name, value in (
            (dbt.task.build, "BuildTask", task),
            (EventManager, "fire_event", fire_if_heard),
            (MacroNamespaceBuilder, "build_namespace", build_namespace),
        ):
            replaced.callback(setattr, holder, name, getattr(holder, name))
            setattr(holder, name, value)
        yield
