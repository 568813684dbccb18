"""The person ledger: an id, once given, is kept through rebuilds, merges and splits.

An id is named after its anchor: the earliest known identifier of the person on the night
that they were born, by sha256. So a home that starts from scratch gives the same ids as
one that went night after night, wherever nothing was taken away in between. Then on:

* of a person that falls apart, the part that holds the anchor keeps the id; where the
  anchor is gone, the part with the earliest known identifier, which is the anchor then;
* of people that become one, the id with the oldest anchor stays, the others resolve to it;
* a part that parts with an id gets back the one that it had before, else a new one.

Everything is set-based SQL, so that the cost grows with the rows and not with Python.
"""

from datetime import date

import duckdb

from orchestration.identity.people.ledger_state import LEDGER_COLUMNS, follow_merges


class LedgerError(Exception):
    """The ledger contradicts itself; the message names ids only."""


def age_key(known_from: str, rank: str, key: str) -> str:
    """Return the SQL of a text that sorts identifiers: earliest known, best trusted."""
    return (
        f"concat(coalesce(strftime({known_from}, '%Y-%m-%d'), '9999-12-31'), '/', "
        f"lpad(cast({rank} as varchar), 3, '0'), '/', {key})"
    )


def settle(connection: duckdb.DuckDBPyConnection, night: date) -> None:
    """Give every cluster its id, and write what changed.

    Reads the temporary tables ``clustered (identifier_key, age_key, cluster_id,
    reason)``, and ``past_people`` and ``past_identifiers`` of `read_past`. Writes the
    temporary tables ``settled (cluster_id, profile_id)``, ``tonight`` (rows of the
    ledger) and ``people_now`` (every id ever given, as `past_people`).

    Raises:
        LedgerError: two clusters would get one id.
    """
    for statement in (CLAIMS, OWNED, PARTED, NAMED):
        connection.execute(statement)
    connection.execute(SETTLED, {"night": night.isoformat()})
    refuse_twins(connection)
    columns = ", ".join(f"{name} {kind}" for name, kind in LEDGER_COLUMNS.items())
    connection.execute(f"create or replace temp table tonight ({columns})")
    for statement in (PEOPLE_BORN, PEOPLE_MERGED, PEOPLE_SEEN, IDENTIFIERS, MOVED):
        connection.execute(statement)
    connection.execute(PEOPLE_NOW)
    connection.execute(follow_merges("people_now", "heirs"))


def refuse_twins(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise where two clusters have one id."""
    twins = connection.execute(
        "select profile_id from settled group by all having count(*) > 1 order by 1"
    ).fetchall()
    if twins:
        raise LedgerError(
            f"Two people would be {twins[0][0]} ({len(twins)} such ids), so nothing was "
            "published. Look for hand-made changes in state/people, and run the night "
            "again."
        )


# Which ids of the nights before stand in which cluster.
CLAIMS = """
create or replace temp table claims as
select
    past.profile_id,
    clustered.cluster_id,
    bool_or(clustered.identifier_key = people.anchor_key) as has_anchor,
    min(clustered.age_key) as first_member,
    any_value(people.age_key) as age_key,
    count(*) as identifiers
from clustered
inner join past_identifiers as past using (identifier_key)
inner join past_people as people on people.profile_id = past.profile_id
group by past.profile_id, clustered.cluster_id
"""
# Every such id stays with one cluster; the oldest of a cluster names it.
OWNED = """
create or replace temp table owned as
with owners as (
    select *
    from claims
    qualify
        row_number() over (
            partition by profile_id order by has_anchor desc, first_member, cluster_id
        ) = 1
)
select
    profile_id,
    cluster_id,
    has_anchor,
    first_member,
    first_value(profile_id) over (
        partition by cluster_id order by age_key, profile_id
    ) as winner_id
from owners
"""
# A cluster that owns none: its anchor, and the person that it parts with, if any.
PARTED = """
create or replace temp table parted as
with unowned as (
    select
        cluster_id,
        min_by(identifier_key, age_key) as anchor_key,
        min(age_key) as age_key
    from clustered
    anti join owned using (cluster_id)
    group by cluster_id
),
earlier as (
    select cluster_id, min_by(profile_id, concat(age_key, profile_id)) as from_id
    from claims
    group by cluster_id
)
select unowned.*, earlier.from_id
from unowned
left join earlier using (cluster_id)
"""
# The id that it had before it merged, oldest first.
NAMED = """
create or replace temp table named as
select
    parted.cluster_id,
    min_by(people.profile_id, concat(people.age_key, people.profile_id)) as former_id
from parted
inner join clustered using (cluster_id)
inner join past_people as people on people.anchor_key = clustered.identifier_key
anti join owned on owned.profile_id = people.profile_id
where people.other_profile_id is not null
group by parted.cluster_id
"""
SETTLED = """
create or replace temp table settled as
select distinct
    cluster_id, winner_id as profile_id, null as anchor_key, null as age_key,
    null as from_id, false as is_new, false as is_former
from owned
union all
select
    parted.cluster_id,
    coalesce(
        named.former_id,
        case
            when people.profile_id is null
            then concat('p_', substr(parted.anchor_key, 1, 20))
            -- the id lives on without the identifier that it was named after
            else concat(
                'p_', substr(sha256(concat(parted.anchor_key, '@', $night)), 1, 20)
            )
        end
    ),
    parted.anchor_key, parted.age_key, parted.from_id, true,
    named.former_id is not null
from parted
left join named using (cluster_id)
left join past_people as people
    on people.profile_id = concat('p_', substr(parted.anchor_key, 1, 20))
"""
PEOPLE_BORN = """
insert into tonight by name
with reasons as (
    select cluster_id, max(reason) as reason from clustered group by cluster_id
)
select
    'person' as entry, settled.profile_id,
    coalesce(former.anchor_key, settled.anchor_key) as anchor_key,
    coalesce(former.age_key, settled.age_key) as age_key, true as is_present,
    null as event, null as other_profile_id, null as reason
from settled
left join past_people as former
    on former.profile_id = settled.profile_id and settled.is_former
where settled.is_new
union all
select
    'event', profile_id, null, null, null,
    case when from_id is null and not is_former then 'born' else 'split' end,
    from_id,
    case
        when from_id is null and not is_former then null
        when reasons.reason is not null then reasons.reason
        else 'no_link_left'
    end
from settled
left join reasons using (cluster_id)
where is_new
"""
PEOPLE_MERGED = """
insert into tonight by name
with reasons as (
    select cluster_id, max(reason) as reason from clustered group by cluster_id
),
merged as (
    select
        owned.profile_id, owned.winner_id, people.anchor_key, people.age_key,
        coalesce(
            nullif(reasons.reason, 'not_the_same_by_hand'), 'shared_identifier'
        ) as reason
    from owned
    inner join past_people as people on people.profile_id = owned.profile_id
    left join reasons on reasons.cluster_id = owned.cluster_id
    where owned.profile_id <> owned.winner_id
)
select
    'person' as entry, profile_id, winner_id as other_profile_id, anchor_key, age_key,
    true as is_present, null as event, null as reason
from merged
union all
select 'event', profile_id, winner_id, null, null, null, 'merged', reason from merged
"""
# Who was there and is not, or the other way round; and who lives on without the
# identifier that they were named after: should it come back elsewhere, they stay.
PEOPLE_SEEN = """
insert into tonight by name
with seen as (
    select
        people.profile_id,
        case
            when owned.has_anchor or owned.profile_id is null then people.anchor_key
            else split_part(owned.first_member, '/', 3)
        end as anchor_key,
        people.age_key,
        people.is_present as was_present,
        owned.profile_id is not null as is_present,
        coalesce(owned.has_anchor, true) as has_anchor
    from past_people as people
    left join owned on owned.profile_id = people.profile_id
    anti join tonight
        on tonight.profile_id = people.profile_id and tonight.entry = 'person'
    where people.other_profile_id is null
)
select
    'person' as entry, profile_id, anchor_key, age_key, is_present, null as event
from seen
where is_present <> was_present or not has_anchor
union all
select
    'event', profile_id, null, null, null,
    case when is_present then 'returned' else 'vanished' end
from seen
where is_present <> was_present
"""
IDENTIFIERS = """
insert into tonight by name
select
    'identifier' as entry, clustered.identifier_key, settled.profile_id
from clustered
inner join settled using (cluster_id)
left join past_identifiers as past using (identifier_key)
where past.given_id is distinct from settled.profile_id
"""
# From one person to another while both live on.
MOVED = """
insert into tonight by name
select
    'event' as entry, 'moved' as event, past.profile_id,
    settled.profile_id as other_profile_id, 'identifiers_moved' as reason
from clustered
inner join settled using (cluster_id)
inner join past_identifiers as past using (identifier_key)
inner join owned on owned.profile_id = past.profile_id
where
    past.profile_id <> settled.profile_id
    and owned.profile_id = owned.winner_id
    and not settled.is_new
group by past.profile_id, settled.profile_id
"""
PEOPLE_NOW = """
create or replace temp table people_now as
select profile_id, other_profile_id, anchor_key, age_key, is_present
from tonight
where entry = 'person'
union all
select past.*
from past_people as past
anti join tonight
    on tonight.profile_id = past.profile_id and tonight.entry = 'person'
"""
