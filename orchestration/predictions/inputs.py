"""What every model of a night needs, and where it reads what people did."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import duckdb
import numpy as np

from orchestration.home.settings import Settings
from orchestration.predictions.lifetime import lifetime_tests
from orchestration.predictions.lifetime.lifetime import Shop
from orchestration.predictions.propensity.propensity import Days
from orchestration.predictions.propensity.traits import Traits, read_traits

PURCHASES, DEEDS = "intermediate.int_purchases_dated", "intermediate.int_deeds_counted"
LIFETIME = lifetime_tests.MODEL
HORIZONS = (90, 365)
STATE = "predictions"
DIGITS = 6
NOBODY = date.max


@dataclass(frozen=True)
class Night:
    """What every model of a night needs."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    as_of: date
    shop: Shop
    days: Days

    @cached_property
    def traits(self) -> Traits:
        """In what groups people are; only a training asks."""
        return read_traits(self.connection)

    def everybody(self) -> int:
        """Return how many people may be told something of, buyers or not."""
        row = self.connection.execute(
            "select count(*) from marts.profiles "
            "anti join intermediate.int_personalisation_refused using (profile_id)"
        ).fetchone()
        return int(row[0]) if row else 0


def night_of(
    settings: Settings, connection: duckdb.DuckDBPyConnection, as_of: date
) -> Night:
    """Return what every model of the night ``as_of`` needs."""
    return Night(
        settings,
        connection,
        as_of,
        Shop(connection, PURCHASES, first_day(connection, PURCHASES, "ordered_date")),
        Days(connection, DEEDS, first_day(connection, DEEDS, "deed_date")),
    )


def first_day(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> date:
    """Return the first day of a table; the end of time where it is empty."""
    row = connection.execute(f"select min({column}) from {table}").fetchone()
    return row[0] if row and row[0] else NOBODY


def rounded(values: Any) -> list[float]:
    """Return numbers rounded to six digits."""
    found: list[float] = np.round(values, DIGITS).tolist()
    return found
