"""The brake: what would tie too much together stays as it was the night before.

A cluster beyond the limits of `seeds/reference/identifier_types.csv`, or all merges of a
night that would take their id from too many people or from too much revenue. People whom
somebody decided to be the same are never held apart, and nothing else is held up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import duckdb

from orchestration.identity.linkage.unions import Unions
from orchestration.identity.people.clusters import BY_HAND, exact_links, rename, wanted
from orchestration.identity.people.decisions import Decisions

FROZEN = "frozen"
PEOPLE = "people_per_night"
REVENUE = "revenue_per_night"


@dataclass(frozen=True)
class Brake:
    """Above which share of people, or of their revenue, a night's merges are frozen.

    Below the floors, in people, no share counts: a small shop may have a busy night.
    """

    people_share: Fraction
    people_floor: int
    revenue_share: Fraction
    revenue_floor: int


@dataclass(frozen=True, order=True)
class Frozen:
    """A cluster that was not made: which limit, and how large it would have been."""

    cluster_id: str
    limit_name: str
    size: int


Joins = Sequence[tuple[str, str]]


def freeze_large(
    connection: duckdb.DuckDBPyConnection,
    decisions: Decisions,
    joins: Joins,
    limits: Mapping[str, int],
) -> tuple[Frozen, ...]:
    """Take clusters with too many values of a type apart; return what was frozen.

    People who were known stay as they were. Newcomers keep to themselves: the values that
    tie most of them together tie nobody, one after the other, until all are small enough.
    """
    found: dict[str, Frozen] = {}
    for cluster, kind, count in connection.execute(SIZES).fetchall():
        if count > limits.get(kind, count):
            found.setdefault(cluster, Frozen(cluster, f"{kind}_per_person", count))
    frozen = unless_by_hand(connection, found.values())
    if frozen:
        part = [one.cluster_id for one in frozen]
        take_apart(connection, part, decisions, joins, limits)
    return frozen


def freeze_night(
    connection: duckdb.DuckDBPyConnection,
    decisions: Decisions,
    joins: Joins,
    brake: Brake,
    revenue: str,
) -> tuple[Frozen, ...]:
    """Freeze all merges of the night if they are too many; return what was frozen.

    ``revenue`` is a query of `identifier, worth` (reporting currency).
    """
    connection.execute(MERGING)
    losers = one_number(connection, "select count(*) from merging where not is_oldest")
    if not losers:
        return ()
    limit_name = beyond(connection, losers, brake, revenue)
    if limit_name is None:
        return ()
    frozen = unless_by_hand(
        connection,
        [
            Frozen(cluster, limit_name, size)
            for cluster, size in connection.execute(
                "select cluster_id, count(*) from merging group by all order by all"
            ).fetchall()
        ],
    )
    if frozen:
        take_apart(connection, [one.cluster_id for one in frozen], decisions, joins, {})
    return frozen


def beyond(
    connection: duckdb.DuckDBPyConnection, losers: int, brake: Brake, revenue: str
) -> str | None:
    """Return which share of the night's limits is exceeded, if any."""
    people = one_number(
        connection,
        "select count(*) from past_people where other_profile_id is null and is_present",
    )
    if losers > brake.people_floor and losers > brake.people_share * people:
        return PEOPLE
    if losers <= brake.revenue_floor:
        return None
    # DECIMAL, so that the sum does not depend on the order of rows
    moved, total = connection.execute(MOVED_REVENUE.format(revenue=revenue)).fetchall()[
        0
    ]
    if total > 0 and Fraction(moved) > brake.revenue_share * Fraction(total):
        return REVENUE
    return None


def one_number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the only value of a query."""
    return int(connection.execute(query).fetchall()[0][0])


def unless_by_hand(
    connection: duckdb.DuckDBPyConnection, frozen: Iterable[Frozen]
) -> tuple[Frozen, ...]:
    """Leave out what somebody decided to be one person."""
    listed = sorted(frozen)
    with wanted(connection, [one.cluster_id for one in listed]):
        by_hand = {
            cluster
            for (cluster,) in connection.execute(
                "select distinct cluster_id from nodes "
                "inner join wanted on wanted.one = nodes.cluster_id where reason = ?",
                [BY_HAND],
            ).fetchall()
        }
    return tuple(one for one in listed if one.cluster_id not in by_hand)


def take_apart(
    connection: duckdb.DuckDBPyConnection,
    clusters: Sequence[str],
    decisions: Decisions,
    joins: Joins,
    limits: Mapping[str, int],
) -> None:
    """Put ``clusters`` together anew, nobody's id taken over by anybody else."""
    with wanted(connection, clusters):
        members = connection.execute(MEMBERS).fetchall()
    links = [*exact_links(connection, "cluster_id", clusters), *joins]
    kinds = {identifier: kind for identifier, kind, _ in members}
    people = {identifier: person for identifier, _, person in members if person}
    inside = [(one, other) for one, other in links if one in kinds and other in kinds]
    hubs = claimed_by_several(inside, people)
    remove = 1
    while True:
        unions = put_together(inside, people, decisions, hubs)
        large = too_large(unions, kinds, people, limits)
        ties = Counter(
            end for pair in inside for end in pair if unions.find(end) in large
        )
        candidates = sorted(ties.keys() - hubs, key=lambda end: (-ties[end], end))
        if not candidates:
            break
        hubs.update(candidates[:remove])
        remove *= 2
    rename(connection, "cluster_id", clusters, unions.find, FROZEN)


def claimed_by_several(links: Joins, people: Mapping[str, str]) -> set[str]:
    """Return the new identifiers that are tied to more than one known person."""
    claims: dict[str, set[str]] = {}
    for one, other in (*links, *((right, left) for left, right in links)):
        if one not in people and other in people:
            claims.setdefault(one, set()).add(people[other])
    return {one for one, persons in claims.items() if len(persons) > 1}


def put_together(
    links: Joins, people: Mapping[str, str], decisions: Decisions, hubs: set[str]
) -> Unions[str]:
    """Return the sets in which nobody joins anybody else, and ``hubs`` tie nobody new."""
    unions: Unions[str] = Unions(decisions.apart)
    first: dict[str, str] = {}
    for identifier in sorted(people):
        unions.join(first.setdefault(people[identifier], identifier), identifier)
    whose: dict[str, str] = {unions.find(one): people[one] for one in sorted(people)}
    for one, other in links:
        if one in hubs or other in hubs:
            continue
        left, right = unions.find(one), unions.find(other)
        mine, theirs = whose.get(left), whose.get(right)
        if mine and theirs and mine != theirs:
            continue
        if unions.join(one, other) is None and (person := mine or theirs):
            whose[unions.find(one)] = person
    return unions


def too_large(
    unions: Unions[str],
    kinds: Mapping[str, str],
    people: Mapping[str, str],
    limits: Mapping[str, int],
) -> set[str]:
    """Return the sets that have too many values of a type and took somebody new in."""
    counts = Counter((unions.find(one), kind) for one, kind in kinds.items())
    large = {root for (root, kind), n in counts.items() if n > limits.get(kind, n)}
    return {unions.find(one) for one in kinds if one not in people} & large


SIZES = """
select cluster_id, identifier_type, count(*) as size
from nodes
group by all
order by cluster_id, identifier_type
"""
MEMBERS = """
select nodes.identifier, nodes.identifier_type, past.profile_id
from nodes
inner join wanted on wanted.one = nodes.cluster_id
left join past_identifiers as past using (identifier_key)
order by nodes.trust_rank, nodes.identifier
"""
# The ids that the ledger would find in one cluster; the oldest would stay.
MERGING = """
create or replace temp table merging as
with claims as (
    select
        past.profile_id,
        nodes.cluster_id,
        bool_or(nodes.identifier_key = people.anchor_key) as has_anchor,
        min(nodes.age_key) as first_member,
        any_value(people.age_key) as age_key
    from nodes
    inner join past_identifiers as past using (identifier_key)
    inner join past_people as people on people.profile_id = past.profile_id
    where people.is_present
    group by all
),
owners as (
    select *
    from claims
    qualify
        row_number() over (
            partition by profile_id order by has_anchor desc, first_member, cluster_id
        ) = 1
),
ranked as (
    select
        cluster_id,
        profile_id,
        first_value(profile_id) over (
            partition by cluster_id order by age_key, profile_id
        ) as winner_id
    from owners
),
-- who goes back to the person that they were split from is no news
counted as (
    select ranked.*
    from ranked
    anti join past_events as parted
        on parted.event = 'split'
        and parted.profile_id = ranked.profile_id
        and parted.other_profile_id = ranked.winner_id
)
select cluster_id, profile_id, profile_id = winner_id as is_oldest
from counted
qualify count(*) over (partition by cluster_id) > 1
"""
MOVED_REVENUE = """
with worths as (
    select past.profile_id, sum(revenue.worth) as worth
    from ({revenue}) as revenue
    inner join nodes using (identifier)
    inner join past_identifiers as past using (identifier_key)
    group by all
)
select
    coalesce(sum(worths.worth) filter (where merging.profile_id is not null), 0),
    coalesce(sum(worths.worth), 0)
from worths
left join merging
    on merging.profile_id = worths.profile_id and not merging.is_oldest
"""
