"""What a night leaves of its people for later nights, and what it reads of theirs.

A night leaves only what changed: identifiers that are somebody else's than before, people
that came, went, merged or parted, and the events that say so. Identifiers stand as sha256,
so no address lies in the state.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

LEDGER_COLUMNS = {
    "entry": "varchar",  # identifier, person or event
    "identifier_key": "varchar",
    "profile_id": "varchar",
    "other_profile_id": "varchar",
    "event": "varchar",
    "reason": "varchar",
    "anchor_key": "varchar",
    "age_key": "varchar",
    "is_present": "boolean",
}
STATE_TABLES = {"people": "people.ledger"}


def read_past(
    connection: duckdb.DuckDBPyConnection, history: Sequence[tuple[date, Path]]
) -> None:
    """Write what the nights of ``history`` left into temporary tables.

    ``past_people``: the newest word on every id ever given: the identifier that it is
    named after (``anchor_key``), its age, whom it merged into, whether it was there.
    ``past_identifiers``: whose every identifier ever seen was last, merges followed.
    ``past_events``: all events. A night reads only nights before it.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in LEDGER_COLUMNS.items())
    connection.execute(f"create or replace temp table past (night date, {columns})")
    if history:
        connection.execute(
            "insert into past by name select * from "
            "read_parquet(?, hive_partitioning = false)",
            [[str(path) for _, path in sorted(history)]],
        )
    connection.execute(PAST_PEOPLE)
    connection.execute(follow_merges("past_people", "past_heirs"))
    connection.execute(PAST_IDENTIFIERS)
    connection.execute(PAST_EVENTS)


def follow_merges(people: str, heirs: str) -> str:
    """Return the SQL that writes who answers for every id of ``people`` in the end."""
    return f"""
    create or replace temp table {heirs} as
    with recursive chains as (
        select profile_id, profile_id as heir_id, other_profile_id as next_id
        from {people}
        union all
        select chains.profile_id, people.profile_id, people.other_profile_id
        from chains
        inner join {people} as people on people.profile_id = chains.next_id
    )
    select profile_id, heir_id from chains where next_id is null
    """


PAST_PEOPLE = """
create or replace temp table past_people as
select profile_id, other_profile_id, anchor_key, age_key, is_present
from past
where entry = 'person'
qualify row_number() over (partition by profile_id order by night desc) = 1
"""
PAST_IDENTIFIERS = """
create or replace temp table past_identifiers as
with newest as (
    select identifier_key, profile_id
    from past
    where entry = 'identifier'
    qualify row_number() over (partition by identifier_key order by night desc) = 1
)
select newest.identifier_key, newest.profile_id as given_id, heirs.heir_id as profile_id
from newest
inner join past_heirs as heirs using (profile_id)
"""
PAST_EVENTS = """
create or replace temp table past_events as
select night, profile_id, event, other_profile_id, reason, identifier_key
from past
where entry = 'event'
"""
