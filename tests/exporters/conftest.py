"""Fixtures of this folder."""

from collections.abc import Iterator

import duckdb
import pytest

from exporters.unsubscribe import Sender
from tests.exporters.small_night import SCHEMA, Warehouse


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """An empty warehouse with the tables of tonight."""
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        yield Warehouse(connection)


@pytest.fixture
def sender() -> Sender:
    """Who sends in these tests."""
    return Sender("Shop", "1 Sea Road, Hove", "https://mail.example/u/", b"k" * 32)
