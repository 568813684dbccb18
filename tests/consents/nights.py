"""A night as far as the gate: whom it would let be written to."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from orchestration.arrivals.contracts import read_contracts
from orchestration.arrivals.loads import load_arrivals
from orchestration.arrivals.raw_views import write_raw_views
from orchestration.building.dbt import LEFT_OUT, STAGES
from orchestration.home.settings import read_settings
from orchestration.identity.cleaning.values import clean_values, held_columns
from orchestration.identity.linkage.linkage import write_empty_linked_tables
from orchestration.identity.people.settling import read_rules, settle_people
from tests.conftest import NIGHT, PROJECT, call_dbt, every_vendor, results_of
from tests.consents.planting import first_files, second_files
from tests.consents.story import PUBLISHED, Story

GATE = "act_contactable_profiles"


def exported_addresses(home: Path, stories: Sequence[Story]) -> frozenset[str]:
    """Return the addresses that the night on the histories' files lets be written to."""
    contracts = read_contracts(PROJECT, every_vendor())
    first_files(stories, contracts, home / "inbox")
    load(home, [])
    second_files(stories, contracts, home / "inbox")
    load(home, [PUBLISHED])
    warehouse = str(home / "nightpost.duckdb")
    with duckdb.connect(warehouse) as connection:
        write_raw_views(connection, home, contracts, NIGHT)
        write_empty_linked_tables(connection)
    parsed = call_dbt(home, "parse")
    assert parsed.success, parsed.exception
    build(home, "staging")
    variables = read_settings(home).variables
    with duckdb.connect(warehouse) as connection:
        nodes = {
            node.unique_id: node.to_dict() for node in parsed.result.nodes.values()
        }
        country = str(variables["default_country"])
        tables = "select table_schema, table_name from information_schema.tables"
        built = set(connection.execute(tables).fetchall())
        columns = [
            one for one in held_columns(nodes) if (one.schema, one.model) in built
        ]
        clean_values(connection, columns, home, country)
    build(home, "facts")
    with duckdb.connect(warehouse) as connection:
        settle_people(connection, NIGHT, [], read_rules(variables))
    build(home, "marts")
    build(home, "audiences")
    with duckdb.connect(warehouse, read_only=True) as connection:
        rows = connection.execute(
            f"select email from activation.{GATE} where exclusion_reason is null"
        ).fetchall()
    return frozenset(email for (email,) in rows)


def load(home: Path, published: list[object]) -> None:
    """Load what is new in the inbox; nothing of it is held back."""
    report = load_arrivals(home, read_contracts(PROJECT, every_vendor()), published)
    told = [one.reason for one in (*report.held, *report.unknown)]
    assert not told, "\n".join(told)


def build(home: Path, stage: str) -> None:
    """Build what the gate reads of one stage of a night."""
    parts = STAGES[stage].split()
    select = [part if ":seed" in part else f"+{GATE},{part}" for part in parts]
    left_out = LEFT_OUT.get(stage, "").split()
    outcome = call_dbt(
        home, "build", "--no-write-json", "--select", *select,
        *(["--exclude", *left_out] if left_out else []),
        "--resource-type", "model", "--resource-type", "seed",
    )  # fmt: skip
    failed = [f"{one.node.name}: {one.message}" for one in results_of(outcome)
              if one.status != "success"]  # fmt: skip
    assert not failed, "\n".join(failed)
