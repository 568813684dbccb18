"""A warehouse of a few records, and the nights that settle who is who in it.

Only what the step reads: the graph as dbt would leave it, made here from records.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import duckdb

from orchestration.identity.people.brake import Brake
from orchestration.identity.people.settling import Rules, Settled, settle_people

SEED = Path(__file__).parents[3] / "seeds" / "reference" / "identifier_types.csv"
FIRST = date(2026, 1, 1)
RULES = Rules(
    reporting_currency="GBP",
    brake=Brake(Fraction("0.05"), 20, Fraction("0.10"), 5),
    hub_size=100,
)


@dataclass(frozen=True)
class Record:
    """What one system says of one person: its identifiers, and since when it is known."""

    record_id: str
    identifiers: tuple[str, ...]
    known_from: date | None = FIRST
    worth: int = 0


@dataclass(frozen=True)
class Decision:
    """A line of `identity_decisions.csv`."""

    valid_from: date
    decision: str
    left: str
    right: str


@dataclass(frozen=True)
class Probable:
    """A line of `linked.probable_links`; components are found by their identifiers."""

    left: str
    right: str
    probability: float = 0.99
    band: str = "certain"


@dataclass
class House:
    """A home in which only people live: its state, and the warehouse of the last night."""

    folder: Path
    threads: int = 1
    rules: Rules = RULES
    written: list[tuple[date, Path]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    warehouse: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)
    linkage: Callable[[duckdb.DuckDBPyConnection], object] | None = None
    """The step before, where a test wants it to be the real one."""

    def night(
        self,
        number: int,
        records: Iterable[Record],
        decisions: Sequence[Decision] = (),
        links: Sequence[Probable] | None = None,
        untrusted: Iterable[tuple[str, int]] = (),
    ) -> Settled:
        """Settle night ``number`` (0 is the first) and leave its state behind."""
        as_of = FIRST + timedelta(days=number)
        self.warehouse = duckdb.connect(config={"threads": self.threads})
        write_graph(self.warehouse, list(records), dict(untrusted))
        write_decisions(self.warehouse, decisions)
        if links is not None:
            write_links(self.warehouse, links)
        if self.linkage:
            self.linkage(self.warehouse)
        history = [(day, path) for day, path in self.written if day < as_of]
        settled = settle_people(self.warehouse, as_of, history, self.rules)
        state = self.folder / f"{as_of.isoformat()}.parquet"
        self.warehouse.execute(
            "copy (select cast(? as date) as night, * from people.ledger order by all) "
            f"to '{state}' (format parquet)",
            [as_of],
        )
        self.written = [*history, (as_of, state)]
        self.ids = dict(
            self.rows("select identifier, profile_id from people.identifiers")
        )
        return settled

    def rows(self, query: str) -> list[tuple[str, ...]]:
        """Return the rows of a query on the last night's warehouse."""
        return self.warehouse.execute(query).fetchall()

    def events(self, event: str) -> list[tuple[str, ...]]:
        """Return what happened so far of this kind: night number, id, other id, reason."""
        return self.rows(
            f"select night - date '{FIRST}', profile_id, other_profile_id, reason "
            f"from people.changes where event = '{event}' order by all"
        )

    def tables(self) -> dict[str, bytes]:
        """Return every table of the schema as bytes, in the order in which it lies."""
        names = [
            name
            for (name,) in self.rows(
                "select table_name from duckdb_tables() where schema_name = 'people'"
            )
        ]
        return {name: repr(self.rows(f"from people.{name}")).encode() for name in names}


def write_graph(
    connection: duckdb.DuckDBPyConnection,
    records: Sequence[Record],
    untrusted: dict[str, int],
) -> None:
    """Write the identifiers, links and parts that dbt would make of ``records``."""
    connection.execute(SCHEMAS)
    with SEED.open(encoding="utf-8") as file:
        types = [tuple(row)[:5] for row in csv.reader(file)][1:]
    connection.executemany(
        "insert into reference.identifier_types values (?, ?, ?, ?, ?)", types
    )
    ranks = {kind: int(rank) for kind, rank, *_ in types}
    unioned, linked, orders = [], [], []
    parents: dict[str, str] = {}

    def find(one: str) -> str:
        while parents.setdefault(one, one) != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one

    for record in records:
        unioned += [
            (record.record_id, one, record.known_from) for one in record.identifiers
        ]
        trusted = sorted(one for one in record.identifiers if one not in untrusted)
        for one in record.identifiers:
            find(one)
        for one in trusted[1:]:
            linked += [(trusted[0], one), (one, trusted[0])]
            left, right = sorted(
                (find(trusted[0]), find(one)),
                key=lambda i: (ranks[i.partition(":")[0]], i),
            )
            parents[right] = left
        if record.worth:
            orders.append((*record.record_id.split("/order/"), record.worth))
    values = sorted(parents)
    for table, rows in (
        ("int_identifiers_unioned", unioned),
        ("int_identifiers_linked", sorted(set(linked))),
        ("int_components", [(one, one.partition(":")[0], find(one)) for one in values]),
        (
            "int_identifiers_trusted",
            [
                (
                    one,
                    one.partition(":")[0],
                    one not in untrusted,
                    False,
                    untrusted.get(one, 1),
                    1,
                )
                for one in values
            ],
        ),
        ("int_orders_unioned", orders),
    ):
        insert(connection, f"intermediate.{table}", rows)


def insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Insert rows in one statement; `executemany` is slow over thousands."""
    if not rows:
        return
    columns = list(zip(*rows, strict=True))
    names = ", ".join(f"unnest($c{at}) as c{at}" for at in range(len(columns)))
    known = connection.execute(f"describe {table}").fetchall()
    targets = ", ".join(row[0] for row in known[: len(columns)])
    connection.execute(
        f"insert into {table} ({targets}) select {names}",
        {f"c{at}": list(column) for at, column in enumerate(columns)},
    )


def write_decisions(
    connection: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]
) -> None:
    """Write the seed of decisions."""
    insert(
        connection,
        "reference.identity_decisions",
        [(one.valid_from, one.decision, one.left, one.right) for one in decisions],
    )


def write_links(
    connection: duckdb.DuckDBPyConnection, links: Sequence[Probable]
) -> None:
    """Write what the linkage would leave."""
    connection.execute(
        "create schema linked; create table linked.probable_links ("
        "left_component_id varchar, right_component_id varchar, left_record_id varchar, "
        "right_record_id varchar, match_weight double, match_probability double, "
        "band varchar)"
    )
    for link in links:
        connection.execute(
            """
            insert into linked.probable_links
            select
                l.component_id, r.component_id,
                (select min(record_id) from intermediate.int_identifiers_unioned
                 where identifier = l.identifier),
                (select min(record_id) from intermediate.int_identifiers_unioned
                 where identifier = r.identifier),
                $probability * 10, $probability, $band
            from intermediate.int_components as l, intermediate.int_components as r
            where l.identifier = $left and r.identifier = $right
            """,
            vars(link),
        )


SCHEMAS = """
create schema intermediate;
create schema reference;
create table reference.identifier_types (
    identifier_type varchar, trust_rank integer, names_per_value integer,
    accounts_per_value integer, values_per_person integer
);
create table reference.exchange_rates as
select 'GBP' as reporting_currency, 'GBP' as currency, '1' as rate;
create table reference.identity_decisions (
    valid_from date, decision varchar, left_identifier varchar, right_identifier varchar
);
create table intermediate.int_identifiers_unioned (
    record_id varchar, identifier varchar, known_from_date date
);
create table intermediate.int_identifiers_linked (
    from_identifier varchar, to_identifier varchar
);
create table intermediate.int_components (
    identifier varchar, identifier_type varchar, component_id varchar
);
create table intermediate.int_identifiers_trusted (
    identifier varchar, identifier_type varchar, is_trusted boolean, is_listed boolean,
    name_count bigint, account_count bigint
);
create table intermediate.int_orders_unioned (
    source varchar, order_id varchar, total_amount decimal(18, 2),
    refunded_amount decimal(18, 2) default 0, currency varchar default 'GBP',
    is_purchase boolean default true,
    is_credit_note boolean
);
"""
