"""Fifty people who refused personalisation stand in no table that profiles people."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.conftest import PROJECT
from tests.end_to_end.refusals import COUNT

NEUTRAL = ("last_purchase_name", "last_viewed_name", "favourite_category", "cart_value")


@pytest.fixture(scope="module")
def night(
    finished_home: Path, demo_exports: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database, with the profiles of those who refused."""
    current = json.loads((finished_home / "outbox" / "CURRENT").read_text())
    published = finished_home / current["database"]
    with (demo_exports / "demo_truth" / "refused.csv").open(encoding="utf-8") as file:
        addresses = [address for (address,) in csv.reader(file)]
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{published}' as night (read_only)")
        connection.execute("use night")
        connection.execute(
            "create temp table refused as select distinct profile_id "
            "from marts.profile_identifiers where identifier_type = 'email' "
            "and list_contains(?, identifier_value)",
            [addresses],
        )
        yield connection


def marked_tables() -> list[str]:
    """Return `schema.table` of every mart and segment marked `uses: personalisation`."""
    return [
        f"{layer}.{model['name']}"
        for layer in ("marts", "segments")
        for path in sorted((PROJECT / "models" / layer).rglob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
        if model["config"]["meta"].get("uses") == "personalisation"
    ]


def count_refused(night: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return how many rows of ``table`` are of people who refused."""
    found = night.execute(
        f"select count(*) from {table} inner join refused using (profile_id)"
    ).fetchone()
    assert found
    return int(found[0])


def test_they_are_known_and_what_they_bought_is_kept(
    night: duckdb.DuckDBPyConnection,
) -> None:
    assert count_refused(night, "marts.personalisation_refusals") == COUNT
    assert count_refused(night, "marts.orders") >= COUNT


def test_no_table_that_profiles_people_holds_one_of_them(
    night: duckdb.DuckDBPyConnection,
) -> None:
    found = {table: count_refused(night, table) for table in marked_tables()}

    assert len(found) > 5
    assert not {table: count for table, count in found.items() if count}


def test_a_mail_to_one_of_them_knows_nothing_of_their_deeds(
    night: duckdb.DuckDBPyConnection,
) -> None:
    known = " or ".join(f"{column} is not null" for column in NEUTRAL)
    assert night.execute(
        "select count(*) from activation.act_payload_fields inner join refused "
        f"using (profile_id) where {known}"
    ).fetchone() == (0,)
