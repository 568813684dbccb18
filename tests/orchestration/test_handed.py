import duckdb
import pyarrow as pa
import pytest

from orchestration.home.tables import handed

TABLE = pa.table({"id": ["a", "b"]})


def test_tables_are_there_in_the_block_and_gone_after_it() -> None:
    connection = duckdb.connect()

    with handed(connection, first=TABLE, second=TABLE.slice(1)):
        found = connection.execute("from first semi join second using (id)").fetchall()

    assert found == [("b",)]
    for name in ("first", "second"):
        with pytest.raises(duckdb.CatalogException):
            connection.execute(f"from {name}")


def test_an_unfinished_result_before_and_in_the_block_is_no_hindrance() -> None:
    connection = duckdb.connect()
    connection.execute("from range(10)").fetchone()

    with handed(connection, first=TABLE, second=TABLE):
        connection.execute("from first").fetchone()

    assert connection.execute("select 1").fetchall() == [(1,)]
