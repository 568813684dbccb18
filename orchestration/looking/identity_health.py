"""How healthy the night's people are: figures by which a bad merge or split is seen.

Counts and hashes only; no value of a person ever stands in here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.home.tables import has_table

MOST_CONNECTED = 20
NIGHTS_SHOWN = 30
HASH_LETTERS = 12


@dataclass(frozen=True)
class Connected:
    """A value that many records carry: its kind and hash, never the value itself."""

    identifier_type: str
    value_hash: str
    records: int
    names: int
    is_trusted: bool


@dataclass(frozen=True)
class Linked:
    """How many records of one kind stand alone: no other record is of their person."""

    kind: str
    records: int
    alone: int

    @property
    def share(self) -> float:
        """Share of the records that stand alone."""
        return round(self.alone / self.records, 4) if self.records else 0.0


@dataclass(frozen=True)
class Changes:
    """What became of profile ids in one night."""

    night: date
    event: str
    count: int


@dataclass(frozen=True)
class Health:
    """The figures of one night."""

    profiles: int
    changes: tuple[Changes, ...]
    """Of the last nights, by night and event."""
    connected: tuple[Connected, ...]
    sizes: tuple[tuple[int, int], ...]
    """Records a person, and how many people have so many; in order."""
    linked: tuple[Linked, ...]
    clerical_pairs: int
    frozen: int
    ids: int = 0
    """Profile ids that are somebody's after the night, those known by a device only too."""

    def ids_before(self, night: date) -> int:
        """Return how many ids were somebody's before ``night``: today's, undone."""
        events = self.tonight(night)
        came = sum(events.get(event, 0) for event in ("born", "split", "returned"))
        went = sum(events.get(event, 0) for event in ("merged", "vanished"))
        return self.ids - came + went

    @property
    def p99(self) -> int:
        """The number of records that 99 of 100 people do not exceed."""
        people = sum(count for _, count in self.sizes)
        seen = 0
        for size, count in self.sizes:
            seen += count
            if seen >= 0.99 * people:
                return size
        return 0

    @property
    def largest(self) -> int:
        """The most records that one person has."""
        return self.sizes[-1][0] if self.sizes else 0

    def tonight(self, night: date) -> dict[str, int]:
        """Return the events of ``night`` with their counts."""
        return {one.event: one.count for one in self.changes if one.night == night}


RECORDS = """
create or replace temporary table health_records as
select
    unioned.record_id,
    case
        when unioned.record_id like 'device/%' then 'device'
        when unioned.record_id like 'email/%' then 'address in the mail log'
        when unioned.record_id like 'consent/%' then 'address in a consent'
        when unioned.record_id like '%/order/%' then unioned.source || ' order'
        when unioned.record_id like '%/account/%' then unioned.source || ' card'
        else unioned.source || ' record'
    end as kind,
    min(identifiers.profile_id) as profile_id
from intermediate.int_identifiers_unioned as unioned
inner join
    marts.profile_identifiers as identifiers
    on identifiers.identifier_key = unioned.identifier
where identifiers.is_trusted or identifiers.identifier_type in ('crm', 'customer')
group by all
"""


def measure_health(connection: duckdb.DuckDBPyConnection, as_of: date) -> Health:
    """Return the figures of night ``as_of`` from the warehouse.

    Raises:
        duckdb.Error: a table of the stage `marts` is missing.
    """
    connection.execute(RECORDS)
    return Health(
        profiles=number(connection, "select count(*) from marts.profiles"),
        changes=tuple(read_changes(connection, as_of)),
        connected=tuple(read_connected(connection)),
        sizes=tuple(
            connection.execute(
                "select size, count(*) from (select count(*) as size from health_records "
                "group by profile_id) group by size order by size"
            ).fetchall()
        ),
        linked=tuple(read_linked(connection)),
        clerical_pairs=count_of(connection, "people.possible_matches"),
        frozen=count_of(connection, "people.frozen"),
        ids=count_of(connection, "people.identifiers", "distinct profile_id"),
    )


def read_changes(
    connection: duckdb.DuckDBPyConnection, as_of: date
) -> Sequence[Changes]:
    """Return what became of profile ids in the last nights up to ``as_of``."""
    if not has_table(connection, "people.changes"):
        return []
    found = connection.execute(
        """
        select cast(night as date), event, count(*)
        from people.changes
        where cast(night as date) between cast(? as date) - ? and cast(? as date)
        group by all
        order by all
        """,
        [as_of, NIGHTS_SHOWN - 1, as_of],
    ).fetchall()
    return [Changes(*row) for row in found]


def read_connected(connection: duckdb.DuckDBPyConnection) -> Sequence[Connected]:
    """Return the values that most records carry, by the start of their hash."""
    found = connection.execute(
        f"""
        select
            identifier_type,
            substr(sha256(identifier_key), 1, {HASH_LETTERS}) as value_hash,
            record_count,
            name_count,
            identifiers.is_trusted
        from marts.profile_identifiers as identifiers
        inner join
            (select identifier as identifier_key, name_count
             from intermediate.int_identifiers_trusted) using (identifier_key)
        where record_count > 1
        order by record_count desc, value_hash
        limit {MOST_CONNECTED}
        """
    ).fetchall()
    return [Connected(*row) for row in found]


def read_linked(connection: duckdb.DuckDBPyConnection) -> Sequence[Linked]:
    """Return for each kind of record how many stand alone."""
    found = connection.execute(
        """
        with
            sized as (
                select kind, count(*) over (partition by profile_id) as size
                from health_records
            )

        select kind, count(*), count(*) filter (where size = 1)
        from sized
        group by kind
        order by kind
        """
    ).fetchall()
    return [Linked(*row) for row in found]


def count_of(connection: duckdb.DuckDBPyConnection, table: str, what: str = "*") -> int:
    """Return the number of rows of ``schema.table``, 0 where it is not there."""
    if not has_table(connection, table):
        return 0
    return number(connection, f"select count({what}) from {table}")


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the one number that ``query`` gives."""
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0
