"""The step between the graph of identifiers and the marts: who is who tonight.

A plain function over the warehouse. It reads the exact parts, the probable links, what was
decided by hand and what nights before left; it writes the tables of the schema `people`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.home.redaction import redact
from orchestration.home.tables import handed
from orchestration.identity.people.brake import (
    Brake,
    Frozen,
    freeze_large,
    freeze_night,
)
from orchestration.identity.people.clusters import (
    CERTAIN,
    NotJoined,
    join_clusters,
    part_by_hand,
    write_nodes,
)
from orchestration.identity.people.decisions import Decisions, read_decisions
from orchestration.identity.people.ledger_state import read_past
from orchestration.identity.people.people_inputs import (
    read_limits,
    read_links,
    revenue_query,
)
from orchestration.identity.people.people_tables import (
    count_events,
    new_hubs,
    write_empty_people_tables,
    write_people_tables,
)
from orchestration.identity.people.person_ledger import LedgerError, settle


class PeopleError(Exception):
    """Who is who could not be settled; the message names no person's data."""


@dataclass(frozen=True)
class Rules:
    """What analysts set in `dbt_project.yml`."""

    reporting_currency: str
    brake: Brake
    hub_size: int
    single_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settled:
    """What the night did to the people: counts of events, and what the brake held."""

    people: int
    events: Mapping[str, int]
    frozen: tuple[Frozen, ...]
    hubs: tuple[str, ...]
    not_joined: int


def read_rules(variables: Mapping[str, object]) -> Rules:
    """Return the rules of ``variables``, the vars of the dbt project.

    Raises:
        PeopleError: one of them is missing or no number.
    """
    try:
        brake = Brake(
            Fraction(str(variables["identity_brake_people_share"])),
            int(str(variables["identity_brake_people_floor"])),
            Fraction(str(variables["identity_brake_revenue_share"])),
            int(str(variables["identity_brake_revenue_floor"])),
        )
        hub_size = int(str(variables["identity_hub_size"]))
        currency = str(variables["reporting_currency"])
    except (KeyError, ValueError) as error:
        raise PeopleError(
            f"dbt_project.yml: the vars of the person ledger do not read: {error}."
        ) from None
    listed = variables.get("deduplicated_sources") or ()
    single = tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()
    return Rules(currency, brake, hub_size, single)


def settle_people(
    connection: duckdb.DuckDBPyConnection,
    night: date,
    history: Sequence[tuple[date, Path]],
    rules: Rules,
) -> Settled:
    """Write the tables of the schema `people` for ``night``.

    ``history`` are the files that nights before it left.

    Raises:
        PeopleError: the engine refused, or the ledger contradicts itself.
    """
    try:
        return _settle(connection, night, history, rules)
    except LedgerError as error:
        raise PeopleError(str(error)) from None
    except duckdb.Error as error:
        raise PeopleError(
            "Who is who could not be settled, so nothing was published. "
            f"The engine says: {redact(str(error))}"
        ) from None


def _settle(
    connection: duckdb.DuckDBPyConnection,
    night: date,
    history: Sequence[tuple[date, Path]],
    rules: Rules,
) -> Settled:
    read_past(connection, history)
    decisions = read_decisions(connection, night)
    limits = read_limits(connection, rules.single_sources)
    write_nodes(connection)
    part_by_hand(connection, decisions)
    links = read_links(connection)
    refused = join_clusters(connection, decisions, links, limits, rules.single_sources)
    before = remember_clusters(connection)
    joins = [(link.left, link.right) for link in links if link.band == CERTAIN]
    frozen = (
        *freeze_large(connection, decisions, joins, limits),
        *freeze_night(
            connection,
            decisions,
            joins,
            rules.brake,
            revenue_query(rules.reporting_currency),
        ),
    )
    connection.execute(
        "create or replace temp table clustered as "
        "select identifier_key, age_key, cluster_id, reason from nodes"
    )
    settle(connection, night)
    register_frozen(connection, frozen)
    register_matches(connection, refused)
    write_people_tables(connection, night, rules.hub_size)
    connection.execute(f"drop table {before}")
    return Settled(
        connection.execute("select count(*) from settled").fetchall()[0][0],
        count_events(connection, night),
        frozen,
        new_hubs(connection, night),
        sum(one.link.band == CERTAIN for one in refused),
    )


def remember_clusters(connection: duckdb.DuckDBPyConnection) -> str:
    """Write ``wished``: what the clusters were before the brake; return its name."""
    connection.execute(
        "create or replace temp table wished as "
        "select identifier, cluster_id from nodes"
    )
    return "wished"


def register_frozen(
    connection: duckdb.DuckDBPyConnection, frozen: Sequence[Frozen]
) -> None:
    """Write the temporary table ``held``: what the brake froze."""
    rows = pa.table(
        {
            "cluster_id": pa.array([one.cluster_id for one in frozen], pa.string()),
            "limit_name": pa.array([one.limit_name for one in frozen], pa.string()),
            "size": pa.array([one.size for one in frozen], pa.int64()),
        }
    )
    with handed(connection, held_rows=rows):
        connection.execute("create or replace temp table held as from held_rows")


def register_matches(
    connection: duckdb.DuckDBPyConnection, refused: Sequence[NotJoined]
) -> None:
    """Write the temporary table ``refused``: links that were not followed."""
    kept = [one for one in refused if one.why != "not_the_same"]
    rows = pa.table(
        {
            "one": pa.array([one.link.left for one in kept], pa.string()),
            "other": pa.array([one.link.right for one in kept], pa.string()),
            "probability": pa.array(
                [one.link.probability for one in kept], pa.float64()
            ),
            "why": pa.array([one.why for one in kept], pa.string()),
        }
    )
    with handed(connection, refused_rows=rows):
        connection.execute("create or replace temp table refused as from refused_rows")


__all__ = [
    "Decisions",
    "PeopleError",
    "Rules",
    "Settled",
    "read_rules",
    "settle_people",
    "write_empty_people_tables",
]
