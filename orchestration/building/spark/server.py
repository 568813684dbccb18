"""Statements for Spark's Thrift server, apart from those that dbt sends."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from orchestration.home.redaction import redact
from orchestration.home.settings import Settings


class SparkError(Exception):
    """Spark cannot be reached, or refused a statement."""


@contextmanager
def spark_session(settings: Settings) -> Iterator["Session"]:
    """Yield a session of the Thrift server that the environment names.

    Raises:
        SparkError: the extra is not installed, or nobody answers.
    """
    try:
        from pyhive import hive
        from thrift.transport.TTransport import TTransportException
    except ImportError as error:
        raise SparkError(
            "The target spark needs more packages: pip install 'nightpost[spark]'."
        ) from error
    try:
        connection = hive.connect(
            host=settings.spark_host, port=settings.spark_port, username="nightpost"
        )
    except (OSError, TTransportException) as error:
        raise SparkError(
            f"No Spark Thrift server answers at {settings.spark_host}:"
            f"{settings.spark_port} ({type(error).__name__}). Start it, or set "
            "NIGHTPOST_SPARK_HOST and NIGHTPOST_SPARK_PORT."
        ) from None
    try:
        yield Session(connection)
    finally:
        connection.close()


class Session:
    """One connection; statements run in the order in which they are given."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, statements: Iterable[str]) -> None:
        """Run ``statements``.

        Raises:
            SparkError: Spark refused one.
        """
        for statement in statements:
            self.rows(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of ``statement``; none where it returns no table.

        Raises:
            SparkError: Spark refused it.
        """
        from pyhive.exc import Error

        with self._connection.cursor() as cursor:
            try:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
            except Error as error:
                raise SparkError(
                    f"Spark refused `{statement[:80]}`: {redact(reason(error))}"
                ) from None


def reason(error: Exception) -> str:
    """Return the first line of what Spark said."""
    answer = error.args[0] if error.args else error
    status = getattr(answer, "status", None)
    text = str(getattr(status, "errorMessage", None) or answer)
    return text.strip().partition("\n")[0]


def name(*parts: str) -> str:
    """Return a quoted name, such as `schema`.`table`."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)


def text(value: object) -> str:
    """Return a literal."""
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
