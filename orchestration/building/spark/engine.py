"""The engine Spark: its tables lie as Parquet in the lake, which DuckDB reads as well.

The working warehouse holds views over the lake, so every step in Python works as it does
on DuckDB; what it writes there goes into the lake before the next stage.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

import duckdb

from orchestration.arrivals.contracts import OWN_SOURCE, Contract
from orchestration.building.dbt import NodeResult, Project
from orchestration.building.spark.lake import new_table, write_rows
from orchestration.building.spark.raw_tables import FILES_SCHEMA, raw_statements
from orchestration.building.spark.seed_tables import write_seed
from orchestration.building.spark.server import Session, name, spark_session, text
from orchestration.home.fingerprints import code_digest
from orchestration.home.settings import Settings
from orchestration.home.tables import identifier, literal

OFFERED = "_offered"
# The partitions of a table that is worked out by file (macros/materializations).
DAY = "export_date"
OWN_SCHEMA = f"raw_{OWN_SOURCE}"
# What steps in Python write between the stages, and the first stage that reads it.
WRITTEN_BEFORE = {
    "staging": (OWN_SCHEMA,),
    "facts": (OWN_SCHEMA, "cleaned"),
    "marts": ("linked", "people"),
    "scores": ("predictions", "recommender"),
}
# Spark's names of types that DuckDB calls otherwise.
TYPES = {"string": "varchar", "timestamp_ntz": "timestamp", "timestamp": "timestamptz"}


class SparkEngine:
    """Spark behind a Thrift server, with its tables in a folder that both engines reach."""

    keeps_staging = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lake = settings.lake

    def show_raw(
        self, contracts: Sequence[Contract], night: date, without: Collection[str] = ()
    ) -> None:
        """Write Spark's raw tables as ``night`` knows them."""
        schemas = {FILES_SCHEMA, *(f"raw_{one.source}" for one in contracts)}
        with spark_session(self._settings) as session:
            session.run(self._schemas(schemas))
            for contract in contracts:
                session.run(
                    raw_statements(self._settings.home, contract, night, without)
                )

    def before_stage(self, project: Project, stage: str) -> None:
        """Copy to the lake what steps in Python wrote, and make Spark's tables of it.

        Before the first stage the seeds go there as well.
        """
        schemas = WRITTEN_BEFORE.get(stage, ())
        with (
            duckdb.connect(str(self._settings.warehouse)) as connection,
            spark_session(self._settings) as session,
        ):
            if stage == "staging":
                session.run(self._schemas(model_schemas(project)))
                self._write_seeds(connection, session, project)
            session.run(self._schemas(schemas))
            for schema, table in relations(connection, schemas):
                folder = self._lake / OFFERED / schema / table
                rows = plain_rows(connection, schema, table)
                with new_table(session, schema, table, folder):
                    write_rows(connection, rows, folder)

    def _write_seeds(
        self, connection: duckdb.DuckDBPyConnection, session: Session, project: Project
    ) -> None:
        for node in project.plain["nodes"].values():
            if node["resource_type"] == "seed":
                schema, table = node["schema"], node["name"]
                folder = self._lake / schema / table
                with new_table(session, schema, table, folder):
                    write_seed(connection, node, folder)

    def after_stage(self, project: Project, built: Iterable[NodeResult]) -> None:
        """Write views over Spark's tables into the warehouse."""
        nodes = [
            project.plain["nodes"][one.unique_id] for one in built if is_built(one)
        ]
        rules = code_digest(self._settings)
        with duckdb.connect(str(self._settings.warehouse)) as connection:
            for node in nodes:
                schema, table = node["schema"], node["name"]
                view = f"{identifier(schema)}.{identifier(table)}"
                connection.execute(f"create schema if not exists {identifier(schema)}")
                connection.execute(
                    f"create or replace view {view} as {self._rows(schema, table)}"
                )
                connection.execute(f"comment on view {view} is 'by rules {rules}'")

    def _rows(self, schema: str, table: str) -> str:
        """Return the select of a table's rows; Spark writes no file where it has none."""
        folder = self._lake / schema / table
        if any(folder.glob("*.parquet")):
            return f"select * from read_parquet({literal(folder / '*.parquet')})"
        if any(folder.glob(f"{DAY}=*/*.parquet")):
            return (
                f"select * from read_parquet({literal(folder / '*' / '*.parquet')}, "
                f"hive_partitioning = true, hive_types = {{'{DAY}': date}})"
            )
        with spark_session(self._settings) as session:
            columns = session.rows(f"describe table {name(schema, table)}")
        nulls = [
            f"cast(null as {TYPES.get(kind, kind)}) as {identifier(column)}"
            for column, kind in described(columns)
        ]
        return f"select {', '.join(nulls)} where false"

    def _schemas(self, schemas: Iterable[str]) -> Iterator[str]:
        for schema in sorted(schemas):
            yield (
                f"create schema if not exists {name(schema)} "
                f"location {text(self._lake / schema)}"
            )


def model_schemas(project: Project) -> set[str]:
    """Return the schemas of all models and seeds."""
    return {
        node["schema"]
        for node in project.plain["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }


def relations(
    connection: duckdb.DuckDBPyConnection, schemas: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the tables and views of ``schemas`` in the warehouse."""
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where list_contains($1, table_schema) order by all",
        [list(schemas)],
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in found]


def plain_rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """Return the select of a table of the warehouse in types that Parquet has.

    It has no 128-bit integers; they go as decimals of the same digits.
    """
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = $1 and table_name = $2 order by ordinal_position",
        [schema, table],
    ).fetchall()
    selected = ", ".join(
        f"cast({identifier(column)} as decimal(38, 0)) as {identifier(column)}"
        if kind == "HUGEINT"
        else identifier(column)
        for column, kind in columns
    )
    return f"select {selected} from {identifier(schema)}.{identifier(table)}"


def described(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the columns that `describe table` names, before it repeats the partition's."""
    for column, kind, *_ in rows:
        if not column or column.startswith("#"):
            return
        yield column, kind


def is_built(result: NodeResult) -> bool:
    """Tell whether a model or seed came out."""
    return not (result.is_test or result.has_failed or result.was_skipped)
