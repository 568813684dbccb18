"""Compare the published night's people with the truth that lies beside demo exports.

Pairwise: of all pairs of records of one true person, how many stand in one profile
(recall), and of all pairs in one profile, how many are one true person (precision).
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.home.published import read_current
from orchestration.home.settings import Settings

SCOPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("contacts and accounts", ("hubspot", "shopify_customer")),
    ("… and addresses", ("hubspot", "shopify_customer", "email")),
    ("… and orders", ("hubspot", "shopify_customer", "email", "shopify_order")),
    (
        "… and devices",
        ("hubspot", "shopify_customer", "email", "shopify_order", "ga4_device"),
    ),
)


class NoTruthError(Exception):
    """There are no truth tables, or no published night; the message says which."""


@dataclass(frozen=True)
class Score:
    """Pairs of records of one kind of scope: found and true, true in all, found in all."""

    scope: str
    records: int
    people: int
    profiles: int
    right_pairs: int
    true_pairs: int
    found_pairs: int

    @property
    def precision(self) -> float:
        """Share of the pairs in one profile that are one person; 1 where there is none."""
        return (
            round(self.right_pairs / self.found_pairs, 6) if self.found_pairs else 1.0
        )

    @property
    def recall(self) -> float:
        """Share of the pairs of one person that stand in one profile."""
        return round(self.right_pairs / self.true_pairs, 6) if self.true_pairs else 1.0


@dataclass(frozen=True)
class ErrorKind:
    """Errors of one kind: how many cases and pairs, and profile ids to look at."""

    error: str
    """`merged`: one profile holds several people. `missed`: one person has several."""
    kind: str
    cases: int
    pairs: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """How the people of a night agree with the truth, and where they do not."""

    night: str
    scores: tuple[Score, ...]
    errors: tuple[ErrorKind, ...]
    planted_merges: int
    """Pairs of people of one mailbox, home or birth that ended in one profile."""


def compare_with_truth(settings: Settings) -> Comparison:
    """Return how the published night of ``settings`` agrees with its demo's truth.

    Raises:
        NoTruthError: no demo truth lies beside this inbox.
        NothingPublishedError: there is no night to look at yet.
    """
    folder = settings.home / "demo_truth"
    if not (folder / "records.parquet").exists():
        raise NoTruthError(
            f"There is no demo truth in {folder}; only `nightpost demo` writes one. For a "
            "table of your own with labels use `nightpost identity evaluate`."
        )
    published = read_current(settings)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"attach '{quoted(settings.home / published.database)}' as night (read_only)"
        )
        for name in ("records", "people"):
            path = quoted(folder / f"{name}.parquet")
            connection.execute(
                f"create temporary view truth_{name} as from read_parquet('{path}')"
            )
        connection.execute(sql_of("truth.sql"))
        scores = tuple(score(connection, *scope) for scope in SCOPES)
        connection.execute(sql_of("truth_errors.sql"))
        errors = tuple(read_errors(connection))
        planted = connection.execute(
            "select count(*) from wrong_pairs where is_planted"
        ).fetchone()
    return Comparison(published.night, scores, errors, planted[0] if planted else 0)


def score(
    connection: duckdb.DuckDBPyConnection, scope: str, sources: tuple[str, ...]
) -> Score:
    """Return the counts of pairs over the records of ``sources``."""
    row = connection.execute(
        """
        with
            cells as (
                select person_id, profile_id, count(*) as size
                from judged_records
                where list_contains(?, source)
                group by all
            ),
            rows_ as (select sum(size) as size from cells group by person_id),
            columns_ as (select sum(size) as size from cells group by profile_id)
        select
            (select coalesce(sum(size), 0) from cells),
            (select count(*) from rows_),
            (select count(*) from columns_),
            (select coalesce(sum(size * (size - 1) // 2), 0) from cells),
            (select coalesce(sum(size * (size - 1) // 2), 0) from rows_),
            (select coalesce(sum(size * (size - 1) // 2), 0) from columns_)
        """,
        [list(sources)],
    ).fetchone()
    return Score(scope, *(int(count) for count in row or ()))


def read_errors(connection: duckdb.DuckDBPyConnection) -> list[ErrorKind]:
    """Return the errors by kind, the most pairs first."""
    rows = connection.execute(
        """
        select
            error, kind, count(*), sum(pairs),
            list_sort(list(distinct profile_id))[:3]
        from identity_errors
        group by error, kind
        order by error, 4 desc, kind
        """
    ).fetchall()
    return [
        ErrorKind(error, kind, cases, int(pairs), tuple(examples))
        for error, kind, cases, pairs, examples in rows
    ]


def sql_of(name: str) -> str:
    """Return the SQL file ``name`` of this package."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def quoted(path: Path) -> str:
    """Return ``path`` for a SQL text."""
    return str(path).replace("'", "''")
