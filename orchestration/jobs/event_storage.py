"""Dagster's event log with one engine a process instead of one an event.

Dagster builds an engine and opens the file for each of a night's thousands of reads and
writes, a tenth of the night's processor time. Here the engine stays, and with it SQLAlchemy's
own pool. `tests/orchestration/test_event_storage.py` pins the one method of Dagster's that
this leans on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from dagster._core.storage.event_log import ConsolidatedSqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine

BUSY_TIMEOUT_SECONDS = 30.0


class KeptEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """The event log of a home, in SQLite, whose connections are used again."""

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(
            self._conn_string, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}
        )

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection
