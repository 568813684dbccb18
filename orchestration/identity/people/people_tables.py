"""The tables of the schema `people`, which dbt reads as a source."""

from collections.abc import Mapping
from datetime import date

import duckdb

from orchestration.identity.people.ledger_state import LEDGER_COLUMNS

SCHEMA = "people"
TABLES: Mapping[str, Mapping[str, str]] = {
    "identifiers": {"identifier": "varchar", "profile_id": "varchar"},
    "changes": {
        "night": "date",
        "profile_id": "varchar",
        "event": "varchar",
        "other_profile_id": "varchar",
        "reason": "varchar",
    },
    "aliases": {"old_profile_id": "varchar", "profile_id": "varchar"},
    "successions": {
        "night": "date",
        "former_profile_id": "varchar",
        "profile_id": "varchar",
    },
    "possible_matches": {
        "profile_id": "varchar",
        "other_profile_id": "varchar",
        "match_probability": "double",
        "why": "varchar",
    },
    "frozen": {
        "profile_id": "varchar",
        "component": "varchar",
        "limit_name": "varchar",
        "size": "bigint",
        "kept_as": "varchar",
    },
}
# A cluster of more people than this says nothing about any two of them.
MOST_PEOPLE_THAT_MATCH = 20
MOST_PARTS_OF_A_PERSON = 3


def write_empty_people_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the tables of this step without rows, so that what reads them compiles."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for table, columns in {**TABLES, "ledger": LEDGER_COLUMNS}.items():
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create or replace table {SCHEMA}.{table} ({listed})")


def write_people_tables(
    connection: duckdb.DuckDBPyConnection, night: date, hub_size: int
) -> None:
    """Write all tables of the schema, all or none.

    Reads the temporary tables of the step: ``nodes``, ``settled``, ``tonight``,
    ``people_now``, ``heirs``, ``past_events``, ``wished``, ``held`` and ``refused``.
    """
    connection.execute("begin")
    write_empty_people_tables(connection)
    connection.execute(IDENTIFIERS)
    connection.execute(FROZEN)
    connection.execute(HUBS, {"hub_size": hub_size})
    connection.execute(FROZEN_EVENTS)
    connection.execute(HUB_EVENTS)
    connection.execute("insert into people.ledger by name from tonight order by all")
    connection.execute(CHANGES, {"night": night})
    connection.execute(ALIASES)
    connection.execute(SUCCESSIONS)
    connection.execute(
        POSSIBLE_MATCHES,
        {
            "most": MOST_PEOPLE_THAT_MATCH,
            "few": MOST_PARTS_OF_A_PERSON,
            "night": night,
        },
    )
    connection.execute("commit")


def count_events(connection: duckdb.DuckDBPyConnection, night: date) -> dict[str, int]:
    """Return how many events of each kind the night brought."""
    rows = connection.execute(
        "select event, count(*) from people.changes where night = ? "
        "group by all order by all",
        [night],
    ).fetchall()
    return dict(rows)


def new_hubs(connection: duckdb.DuckDBPyConnection, night: date) -> tuple[str, ...]:
    """Return the ids behind which a value stands that too many people use since tonight."""
    rows = connection.execute(
        "select distinct profile_id from people.changes "
        "where night = ? and event = 'distrusted' order by all",
        [night],
    ).fetchall()
    return tuple(profile for (profile,) in rows)


IDENTIFIERS = """
insert into people.identifiers
select nodes.identifier, settled.profile_id
from nodes
inner join settled using (cluster_id)
order by all
"""
# Who would have become whom: the oldest of the cluster that was not made.
FROZEN = """
insert into people.frozen
with kept as (
    select distinct
        held.cluster_id, held.limit_name, held.size, settled.profile_id, people.age_key
    from held
    inner join wished on wished.cluster_id = held.cluster_id
    inner join nodes on nodes.identifier = wished.identifier
    inner join settled on settled.cluster_id = nodes.cluster_id
    inner join people_now as people on people.profile_id = settled.profile_id
)
select
    first_value(profile_id) over (
        partition by cluster_id order by age_key, profile_id
    ),
    cluster_id,
    limit_name,
    size,
    profile_id
from kept
order by all
"""
# A value that so many share ties nobody; that is worth a look.
HUBS = """
insert into people.frozen
select
    settled.profile_id,
    nodes.identifier,
    case
        when trusted.name_count > types.names_per_value
        then 'names_per_value'
        else 'accounts_per_value'
    end,
    greatest(trusted.name_count, trusted.account_count),
    settled.profile_id
from intermediate.int_identifiers_trusted as trusted
inner join reference.identifier_types as types using (identifier_type)
inner join nodes using (identifier)
inner join settled using (cluster_id)
where
    not trusted.is_trusted
    and not trusted.is_listed
    and greatest(trusted.name_count, trusted.account_count) >= $hub_size
order by all
"""
FROZEN_EVENTS = """
insert into tonight by name
select distinct
    'event' as entry, 'frozen' as event, frozen.kept_as as profile_id,
    frozen.profile_id as other_profile_id, frozen.limit_name as reason
from people.frozen as frozen
anti join past_events as past
    on past.event = 'frozen'
    and past.profile_id = frozen.kept_as
    and past.other_profile_id = frozen.profile_id
where frozen.kept_as <> frozen.profile_id
"""
HUB_EVENTS = """
insert into tonight by name
select
    'event' as entry, 'distrusted' as event, frozen.profile_id,
    substr(sha256(frozen.component), 1, 32) as identifier_key, frozen.limit_name as reason
from people.frozen as frozen
anti join past_events as past
    on past.event = 'distrusted'
    and past.identifier_key = substr(sha256(frozen.component), 1, 32)
where frozen.limit_name in ('names_per_value', 'accounts_per_value')
"""
CHANGES = """
insert into people.changes
select night, profile_id, event, other_profile_id, reason from past_events
union all
select $night, profile_id, event, other_profile_id, reason
from tonight
where entry = 'event'
order by all
"""
# An old id answers for the identifier that it was named after, wherever that is now.
ALIASES = """
insert into people.aliases
select
    people.profile_id, coalesce(anchors.profile_id, heirs.heir_id)
from people_now as people
inner join heirs using (profile_id)
left join (
    select nodes.identifier_key, settled.profile_id
    from nodes
    inner join settled using (cluster_id)
) as anchors on anchors.identifier_key = people.anchor_key
where people.other_profile_id is not null
order by all
"""
# Who has the past of whom: it goes along in a merge, and a split leaves it to both; so
# through any number of them, in the order in which they came.
SUCCESSIONS = """
insert into people.successions
with recursive steps as (
    select
        night,
        case event when 'merged' then profile_id else other_profile_id end as former_id,
        case event when 'merged' then other_profile_id else profile_id end as profile_id
    from people.changes
    where event in ('merged', 'split') and other_profile_id is not null
),
chains as (
    select night, former_id, profile_id, night as last_night from steps
    union
    select chains.night, chains.former_id, steps.profile_id, steps.night
    from chains
    inner join steps
        on steps.former_id = chains.profile_id and steps.night >= chains.last_night
)
select distinct night, former_id, profile_id
from chains
where former_id <> profile_id
order by all
"""
POSSIBLE_MATCHES = """
insert into people.possible_matches
with persons as (
    select nodes.identifier, nodes.part_id, settled.profile_id
    from nodes
    inner join settled using (cluster_id)
),
links as (
    select l.profile_id as one, r.profile_id as other, refused.probability, refused.why
    from refused
    inner join persons as l on l.identifier = refused.one
    inner join persons as r on r.identifier = refused.other
),
small as (
    select *
    from people.frozen
    where limit_name not in ('names_per_value', 'accounts_per_value')
    qualify count(*) over (partition by component) <= $most
),
kept_apart as (
    select l.kept_as as one, r.kept_as as other, 1 as probability, l.limit_name as why
    from small as l
    inner join small as r on r.component = l.component and r.kept_as > l.kept_as
),
-- whom only a link that is gone tied together, a source switched off for one: what
-- the one refused holds for the other. A part of many was a shared value's.
were_one as (
    select changes.profile_id as one, changes.other_profile_id as other
    from people.changes as changes
    semi join settled as l on l.profile_id = changes.profile_id
    semi join settled as r on r.profile_id = changes.other_profile_id
    where changes.event = 'split' and changes.reason = 'no_link_left'
    group by changes.profile_id, changes.other_profile_id
    qualify count(*) over (partition by changes.other_profile_id) <= $few
),
decided as (
    select l.profile_id as one, r.profile_id as other
    from reference.identity_decisions as decisions
    inner join persons as l on l.identifier = decisions.left_identifier
    inner join persons as r on r.identifier = decisions.right_identifier
    where decisions.decision = 'not_the_same'
        and cast(decisions.valid_from as date) <= $night
),
pairs as (
    select least(one, other) as one, greatest(one, other) as other, probability, why
    from (
        from links
        union all from kept_apart
        union all select one, other, 0.5, 'were_one_person' from were_one
    )
    where one <> other
)
select one, other, round(max(probability), 6), max_by(why, (probability, why))
from pairs
anti join decided
    on (decided.one = pairs.one and decided.other = pairs.other)
    or (decided.one = pairs.other and decided.other = pairs.one)
group by one, other
order by one, other
"""
