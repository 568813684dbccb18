"""Only the night that was built is exported, and only with every consent source whole."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.home.business_days import listed_days
from orchestration.publishing.exports import (
    Exports,
    WrongNightError,
    check_night,
    consent_is_complete,
    days_missing,
    hold_everything,
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


NIGHT = date(2026, 4, 5)


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ([], "has not arrived. Land what is missing"),
        (["2026-04-04"], "has not arrived. Land what is missing"),
        (["2026-04-03", "2026-04-05"], "misses 2026-04-04. Land what is missing"),
        (
            ["2026-03-01", "2026-04-03", "2026-04-05"],
            "misses 2026-03-02 to 2026-04-02, 2026-04-04. Land",
        ),
        (["2026-04-02", "2026-04-04"], "has not arrived and misses 2026-04-03. Land"),
        (["2026-04-04", "2026-04-05"], "has a file that is held back and may say no"),
    ],
)
def test_the_days_that_the_ledger_misses_are_named(
    warehouse: duckdb.DuckDBPyConnection, came: list[str], told: str
) -> None:
    arrivals(warehouse, came)
    exports = Exports(Path())

    missing = days_missing(warehouse, "consent/ledger", NIGHT)
    hold_everything(exports, NIGHT, ["consent/ledger"], missing)

    (held,) = exports.held
    assert f"the consent ledger for 2026-04-05 {told}" in held.reason


def test_a_source_that_need_not_come_every_day_misses_none(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    arrivals(warehouse, ["2026-03-01"], is_consent_source=False)

    assert days_missing(warehouse, "consent/ledger", NIGHT) == []


def test_a_sentence_names_a_few_spans_of_days() -> None:
    days = [NIGHT + timedelta(days=2 * place) for place in range(8)]

    assert listed_days(days).endswith("2026-04-13, 3 more gaps")


def arrivals(
    warehouse: duckdb.DuckDBPyConnection,
    came: list[str],
    *,
    is_consent_source: bool = True,
) -> None:
    warehouse.execute(
        "insert into staging.stg_nightpost__sources values "
        "('consent', 'ledger', ?, false, false)",
        [is_consent_source],
    )
    warehouse.execute(
        "create schema raw_nightpost; create table raw_nightpost.arrivals as "
        "select 'consent' as source, 'ledger' as table_name, "
        "unnest(?::date[]) as export_date",
        [came],
    )
