"""Which identifiers are one person tonight, before the brake and the ledger have a say.

The connected parts of the exact links, parted where somebody decided so, then joined by
decisions and by probable links, the strongest first. Only what decisions or links touch is
walked in Python; the rest stays in the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from orchestration.home.tables import handed
from orchestration.identity.linkage.unions import Unions
from orchestration.identity.people.decisions import Decisions
from orchestration.identity.people.person_ledger import age_key

BY_HAND = "same_by_hand"
PARTED_BY_HAND = "not_the_same_by_hand"
PROBABLE = "probable_link"
CERTAIN = "certain"


@dataclass(frozen=True)
class Link:
    """A probable link between two parts, with its band and probability."""

    left: str
    right: str
    band: str
    probability: float


@dataclass(frozen=True)
class NotJoined:
    """A link that was not followed, and why: its band, a limit, or a decision."""

    link: Link
    why: str


def write_nodes(connection: duckdb.DuckDBPyConnection) -> None:
    """Write ``nodes``: every identifier with its part, its rank and its age."""
    age = age_key("known.known_from_date", "types.trust_rank", "identifier_key")
    connection.execute(
        f"""
        create or replace temp table nodes as
        with known as (
            select identifier, min(known_from_date) as known_from_date
            from intermediate.int_identifiers_unioned
            group by identifier
        )
        select
            components.identifier,
            components.identifier_type,
            substr(sha256(components.identifier), 1, 32) as identifier_key,
            types.trust_rank,
            {age} as age_key,
            components.component_id as part_id,
            cast(null as varchar) as reason
        from intermediate.int_components as components
        inner join reference.identifier_types as types using (identifier_type)
        left join known using (identifier)
        """
    )


def part_by_hand(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> int:
    """Part the exact parts that hold a pair which is not the same; return how many.

    A part is put together anew, record by record in the trusted order, without joining
    the pair.
    """
    with handed(connection, apart=pairs_table(decisions.apart)):
        held = connection.execute(
            "select distinct l.part_id from apart inner join nodes as l on l.identifier = one "
            "inner join nodes as r on r.identifier = other and r.part_id = l.part_id "
            "order by all"
        ).fetchall()
    if not held:
        return 0
    parts = [part for (part,) in held]
    unions: Unions[str] = Unions(decisions.apart)
    for one, other in exact_links(connection, "part_id", parts):
        unions.join(one, other)
    rename(connection, "part_id", parts, unions.find, PARTED_BY_HAND)
    return len(parts)


@contextmanager
def wanted(
    connection: duckdb.DuckDBPyConnection, values: Iterable[str]
) -> Iterator[None]:
    """Let queries join these values as ``wanted.one``."""
    with handed(connection, wanted=pairs_table((one, one) for one in values)):
        yield


def exact_links(
    connection: duckdb.DuckDBPyConnection, column: str, values: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the exact links inside these parts or clusters, the most trusted first."""
    with wanted(connection, values):
        return connection.execute(
            f"""
            with members as (
                select nodes.* from nodes inner join wanted on wanted.one = {column}
            )
            select l.identifier, r.identifier
            from intermediate.int_identifiers_linked as links
            inner join members as l on l.identifier = links.from_identifier
            inner join members as r on r.identifier = links.to_identifier
            where (l.trust_rank, l.identifier) < (r.trust_rank, r.identifier)
            order by l.trust_rank, r.trust_rank, l.identifier, r.identifier
            """
        ).fetchall()


def rename(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    values: Sequence[str],
    find: Callable[[str], str],
    reason: str,
) -> None:
    """Name the new parts inside ``values`` by their first identifier in trusted order."""
    with wanted(connection, values):
        members = connection.execute(
            f"select identifier from nodes inner join wanted on wanted.one = {column} "
            "order by trust_rank, identifier"
        ).fetchall()
    names: dict[str, str] = {}
    new = [(one, names.setdefault(find(one), one)) for (one,) in members]
    with handed(connection, renamed=pairs_table(new)):
        connection.execute(
            f"update nodes set {column} = renamed.other, reason = ? from renamed "
            "where renamed.one = nodes.identifier",
            [reason],
        )


def pairs_table(pairs: Iterable[tuple[str, str]]) -> pa.Table:
    """Return pairs as a table of the columns `one` and `other`."""
    listed = list(pairs)
    return pa.table(
        {
            "one": pa.array([one for one, _ in listed], pa.string()),
            "other": pa.array([other for _, other in listed], pa.string()),
        }
    )


def join_clusters(
    connection: duckdb.DuckDBPyConnection,
    decisions: Decisions,
    links: Sequence[Link],
    limits: Mapping[str, int],
    single_sources: Sequence[str],
) -> tuple[NotJoined, ...]:
    """Write ``nodes.cluster_id`` and ``nodes.reason``; return the links not followed."""
    part_of = read_parts(connection, [*decisions.same, *decisions.apart])
    apart = named(decisions.apart, part_of)
    mark_apart(connection, apart)
    same = named(decisions.same, part_of)
    held = read_counts(
        connection,
        sorted({one for link in links for one in (link.left, link.right)}.union(*same)),
        single_sources,
    )
    unions: Unions[str] = Unions(apart, lambda part: held.get(part, {}), limits)
    for one, other in same:
        unions.join(one, other)
    by_hand = {part for pair in same for part in pair}
    refused = []
    touched = set(by_hand)
    for link in links:
        why = link.band
        if link.band == CERTAIN:
            why = unions.join(link.left, link.right, limited=True) or ""
            touched.update((link.left, link.right))
        if why:
            refused.append(NotJoined(link, why))
    write_clusters(connection, touched, unions, by_hand)
    return tuple(refused)


def read_parts(
    connection: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """Return the part of every identifier in ``pairs`` that is known tonight."""
    with wanted(connection, sorted({one for pair in pairs for one in pair})):
        return dict(
            connection.execute(
                "select identifier, part_id from nodes "
                "inner join wanted on wanted.one = nodes.identifier"
            ).fetchall()
        )


def mark_apart(
    connection: duckdb.DuckDBPyConnection, apart: Sequence[tuple[str, str]]
) -> None:
    """Say of these parts why they stand alone."""
    with wanted(connection, sorted({part for pair in apart for part in pair})):
        connection.execute(
            "update nodes set reason = ? from wanted where wanted.one = nodes.part_id",
            [PARTED_BY_HAND],
        )


def named(
    pairs: Sequence[tuple[str, str]], part_of: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return ``pairs`` as parts, without those that are unknown or one part already."""
    known = [
        (part_of[one], part_of[other])
        for one, other in pairs
        if one in part_of and other in part_of
    ]
    return [(one, other) for one, other in known if one != other]


def read_counts(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[str],
    single_sources: Sequence[str],
) -> dict[str, dict[str, int]]:
    """Return how many values of each type these parts have.

    Records of a source that knows everybody once count as `<type>:<source>` too.
    """
    with wanted(connection, parts):
        rows = connection.execute(COUNTS, [list(single_sources)]).fetchall()
    counts: dict[str, dict[str, int]] = {}
    for part, kind, count in rows:
        counts.setdefault(part, {})[kind] = count
    return counts


COUNTS = """
with typed as (
    select nodes.part_id, nodes.identifier_type, nodes.identifier
    from nodes
    inner join wanted on wanted.one = nodes.part_id
)
select part_id, identifier_type, count(*) from typed group by all
union all
select part_id, split_part(identifier, '/', 1) as counted, count(*)
from typed
where
    identifier_type in ('crm', 'customer', 'loyalty')
    and list_contains(?, split_part(split_part(identifier, ':', 2), '/', 1))
group by all
"""


def write_clusters(
    connection: duckdb.DuckDBPyConnection,
    touched: set[str],
    unions: Unions[str],
    by_hand: set[str],
) -> None:
    """Write which parts are one cluster, named by their first identifier."""
    groups: dict[str, list[str]] = {}
    for part in sorted(touched):
        groups.setdefault(unions.find(part), []).append(part)
    rows = [
        (part, root, BY_HAND if by_hand.intersection(parts) else PROBABLE)
        for root, parts in groups.items()
        if len(parts) > 1
        for part in parts
    ]
    joined = pa.table(
        {
            name: pa.array([row[at] for row in rows], pa.string())
            for at, name in enumerate(("part_id", "root", "reason"))
        }
    )
    with handed(connection, joined=joined):
        connection.execute(
            """
            create or replace temp table nodes as
            with named as (
                select
                    joined.part_id,
                    joined.reason,
                    first_value(joined.part_id) over (
                        partition by joined.root order by nodes.trust_rank, joined.part_id
                    ) as cluster_id
                from joined
                inner join nodes on nodes.identifier = joined.part_id
            )
            select
                nodes.* replace (coalesce(named.reason, nodes.reason) as reason),
                coalesce(named.cluster_id, nodes.part_id) as cluster_id
            from nodes
            left join named using (part_id)
            """
        )
