"""In a union, addresses, phones and countries come out as they were judged.

The macro looks up a phone's country in the staging model's yml, which dbt's unit tests
do not know, so it is tested on compiled SQL.
"""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import call_dbt

UNION = """{{ union_vendors(
    {"hubspot": "stg_hubspot__contacts", "consent": "stg_consent__opt_outs"},
    {"record_key": "string", "email": "string", "phone": "string", "country_code": "string"},
    missing={"consent": ["record_key", "country_code"]}) }}"""
TABLES = """
create schema staging;
create schema reference;
create table reference.countries as
from (values ('Deutschland', 'DE'), ('GB', 'GB')) as t (country_name, country_code);
create table staging.stg_cleaned__emails as
from (values
    ('a@xn--bcher-kva.example', 'a@bücher.example'), ('b@shop.test', null)
) as t (email_text, email);
create table staging.stg_cleaned__phones as
from (values
    ('0301', 'deutschland', '+49301'), ('0301', '', '+44301'), ('12', 'ATLANTIS', null)
) as t (phone_text, country_text, phone);
create table staging.stg_hubspot__contacts as
from (values
    ('1', 'a@xn--bcher-kva.example', '0301', 'deutschland'),
    ('2', 'b@shop.test', '12', 'ATLANTIS'),
    ('3', 'never@judged.example', '+447700900123', null),
    ('4', null, '0301', null)
) as t (record_key, email, phone, country_code);
create table staging.stg_consent__opt_outs as
from (values (null::varchar, '0301')) as t (email, phone)
"""


@pytest.fixture(scope="module")
def union(scratch_home: Path, tmp_path_factory: pytest.TempPathFactory) -> set[Any]:
    """The rows of a union of two vendors."""
    outcome = call_dbt(scratch_home, "compile", "--inline", UNION)
    results = getattr(outcome.result, "results", None)
    assert results, outcome.exception
    database = tmp_path_factory.mktemp("union") / "nightpost.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(TABLES)
        return set(connection.execute(results[0].node.compiled_code).fetchall())


def test_every_row_of_every_vendor_is_there_once(union: set[Any]) -> None:
    assert sorted((row[0], row[1] or "") for row in union) == [
        ("consent", ""),
        ("hubspot", "1"),
        ("hubspot", "2"),
        ("hubspot", "3"),
        ("hubspot", "4"),
    ]


def test_values_come_out_as_they_were_judged(union: set[Any]) -> None:
    assert ("hubspot", "1", "a@bücher.example", "+49301", "DE") in union


def test_an_address_that_is_none_stays_and_a_number_or_country_does_not(
    union: set[Any],
) -> None:
    assert ("hubspot", "2", "b@shop.test", None, None) in union


def test_a_number_that_nobody_judged_is_none(union: set[Any]) -> None:
    assert ("hubspot", "3", "never@judged.example", None, None) in union


def test_a_record_without_a_country_has_the_default_ones_number(
    union: set[Any],
) -> None:
    assert ("hubspot", "4", None, "+44301", None) in union
    assert ("consent", None, None, "+44301", None) in union
