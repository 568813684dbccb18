"""Only the night that was built is exported, and only with every consent source whole."""

from datetime import date

import duckdb
import pytest

from orchestration.publishing.exports import (
    WrongNightError,
    check_night,
    consent_is_complete,
    stale_consents,
)


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema clock; create schema staging")
    connection.execute(
        "create table clock.run_context as select date '2026-04-05' as as_of_date, "
        "timestamp '2026-04-05 23:00:00' as as_of_at"
    )
    connection.execute(
        "create table staging.stg_nightpost__sources (source varchar, "
        "table_name varchar, is_consent_source boolean, is_fresh boolean, "
        "has_unknown_rows boolean default false)"
    )
    return connection


def test_another_night_than_the_one_that_was_built_is_refused(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    check_night(warehouse, date(2026, 4, 5))
    with pytest.raises(WrongNightError, match="nightpost run --date 2026-04-06"):
        check_night(warehouse, date(2026, 4, 6))


def test_consent_is_complete_only_when_the_warehouse_is_sure(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert not consent_is_complete(warehouse), "no ledger at all"
    warehouse.execute(
        "insert into staging.stg_nightpost__sources values ('consent', 'ledger', true, true, false)"
    )
    assert consent_is_complete(warehouse)
    warehouse.execute(
        "insert into staging.stg_nightpost__sources values ('ga4', 'events', false, false, false)"
    )
    assert consent_is_complete(warehouse)
    warehouse.execute(
        "insert into staging.stg_nightpost__sources values ('cmp', 'receipts', true, false, false)"
    )
    assert not consent_is_complete(warehouse)
    assert stale_consents(warehouse) == ["cmp/receipts"]


def test_a_held_file_that_can_say_no_to_anybody_holds_everybody_back(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute(
        "insert into staging.stg_nightpost__sources values "
        "('consent', 'ledger', true, true, false), "
        "('sendgrid', 'events', false, true, true)"
    )

    assert not consent_is_complete(warehouse)
    assert stale_consents(warehouse) == ["sendgrid/events"]
