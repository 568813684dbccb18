"""Run the night's linkage on any table of people and compare it with labels.

Nothing here is used by a night; all that decides is in the modules that the night uses.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.home.tables import handed, identifier, literal
from orchestration.identity.linkage.comparisons import Comparison
from orchestration.identity.linkage.contradictions import SURE_CONTRADICTIONS, SURELY
from orchestration.identity.linkage.features import MEANINGS, write_features
from orchestration.identity.linkage.grouping import group
from orchestration.identity.linkage.linkage_model import BALANCED, base_model
from orchestration.identity.linkage.matching import (
    compare,
    find_prior,
    log_odds,
    write_component_pairs,
    write_contents,
    write_scores,
)
from orchestration.identity.linkage.training import train

TRAINED_FROM = 200
# In a table without mailboxes, pairs that share all but the first name are twins where they
# are as few as twins are: not one in twenty likely pairs. Where more are like that, first
# names are replaced by mistake and prove nothing (FEBRL: one in eleven).
TWINS = 0.05
KEYS = ("record_id", "source")


class CannotEvaluateError(Exception):
    """The table or the map does not say what is needed; the message says what."""


@dataclass(frozen=True)
class Evaluation:
    """Pairwise figures of one way to link: all between 0 and 1, but counts and seconds."""

    name: str
    precision: float
    recall: float
    f1: float
    groups: int
    people: int
    seconds: float
    notes: str = ""

    def line(self) -> str:
        """Return one line for the terminal."""
        return (
            f"{self.name:<14} precision {self.precision:.4f}  recall {self.recall:.4f}  "
            f"F1 {self.f1:.4f}  {self.groups:,} people found of {self.people:,}  "
            f"{self.seconds:.1f} s  {self.notes}"
        )


def read_map(text: str) -> dict[str, list[str]]:
    """Return the columns of each meaning from `col=meaning,...`.

    Several columns of one meaning are read one after the other, as one text.

    Raises:
        CannotEvaluateError: an entry is malformed or a meaning is none.
    """
    found: dict[str, list[str]] = {}
    for entry in text.split(","):
        column, _, meaning = (part.strip() for part in entry.partition("="))
        if meaning not in (*MEANINGS, *KEYS):
            raise CannotEvaluateError(
                f"--map: `{entry.strip()}` should be column=meaning, the meaning one of "
                f"{', '.join((*MEANINGS, *KEYS))}."
            )
        found.setdefault(meaning, []).append(column)
    return found


def read_table(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    labels: str,
    meanings: Mapping[str, Sequence[str]],
) -> None:
    """Write temp table `given`: record_id, source, component_id, label and the meanings.

    Raises:
        CannotEvaluateError: the file or a column is not there.
    """
    kind = "read_parquet" if file.suffix == ".parquet" else "read_csv"
    options = "" if file.suffix == ".parquet" else ", all_varchar = true"
    try:
        connection.execute(
            f"create or replace temp view file as from {kind}({literal(str(file))}{options})"
        )
    except duckdb.Error:
        raise CannotEvaluateError(
            f"{file} cannot be read as {kind[5:].upper()}; give a CSV or Parquet file."
        ) from None
    there = {row[0] for row in connection.execute("describe file").fetchall()}
    named = {column for columns in meanings.values() for column in columns}
    if missing := sorted((named | {labels}) - there):
        raise CannotEvaluateError(
            f"{file} has no column {', '.join(missing)}; it has {', '.join(sorted(there))}."
        )
    # a row's place stands for an id that is missing or stands twice
    columns = [
        "lpad((row_number() over ())::varchar, 9, '0') as component_id",
        f"{_joined(meanings['record_id'])} as given_id"
        if "record_id" in meanings
        else "null::varchar as given_id",
        f"{_joined(meanings['source'])} as source"
        if "source" in meanings
        else "'table' as source",
        f"{identifier(labels)}::varchar as label",
        *(f"{_joined(meanings[one])} as {one}" for one in MEANINGS if one in meanings),
    ]
    connection.execute(
        "create or replace temp table given as "
        f"select *, component_id as record_id from (select {', '.join(columns)} from file)"
    )


def _joined(columns: Sequence[str]) -> str:
    texts = ", ".join(
        f"nullif(trim({identifier(one)}::varchar), '')" for one in columns
    )
    return f"nullif(concat_ws(' ', {texts}), '')"


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    meanings: Sequence[str],
    *,
    strict: bool = False,
    deduplicated: Sequence[str] = (),
) -> Evaluation:
    """Link `given` as a night does and compare with its labels.

    ``strict`` always keeps apart whose first names or birth dates contradict each other,
    as a night does; else only where the table itself has few such pairs. ``deduplicated``
    names sources in which nobody stands twice.
    """
    start = time.perf_counter()
    write_features(connection, "given", meanings, "features")
    write_contents(connection, "features")
    compared = compare(connection)
    trained = compared.contents >= TRAINED_FROM
    model = (
        train(connection, compared.comparisons, "contents")
        if trained
        else base_model(compared.comparisons)
    )
    write_scores(connection, model, compared.comparisons)
    prior = find_prior(connection, compared.contents)
    against = (
        list(SURELY)
        if strict or not trained
        else contradicting(connection, prior, compared.comparisons)
    )
    write_component_pairs(connection, against)
    labels = link(connection, log_odds(prior), deduplicated)
    seconds = time.perf_counter() - start
    connection.execute(
        "create or replace temp table found (component_id varchar, g int)"
    )
    with handed(connection, linked_groups=labels):
        connection.execute(
            "insert into found select component_id, g from linked_groups"
        )
    notes = (
        f"{compared.pairs:,} pairs, {sum(compared.skipped.values()):,} blocks too large, "
        f"{'trained' if trained else 'base model'}"
    )
    return compare_with_labels(connection, "nightpost", "found", seconds, notes)


def contradicting(
    connection: duckdb.DuckDBPyConnection,
    prior: float,
    comparisons: Sequence[Comparison],
) -> list[str]:
    """Return what keeps two records apart, of the columns `x_` of `scores`.

    Where most pairs have mailboxes, another first name or birth date counts with another
    mailbox: either alone may be a mistake.
    """
    mailboxes = any(one.name == "email" for one in comparisons)
    pairs, twins, known, copies = connection.execute(
        "select count(*), count(*) filter (x_first_name), "
        f"{'count(*) filter (g_email > 0)' if mailboxes else '0'}, "
        # what stands twice in the same words is one content
        "(select count(*) - count(distinct id) from members) from scores "
        f"where l < r and evidence_weight + {log_odds(prior)!r} > 0"
    ).fetchone() or (0, 0, 0, 0)
    found = list(SURE_CONTRADICTIONS)
    if 2 * known < pairs and twins <= TWINS * (pairs + copies):
        found.append("first_name")
    return found


def link(
    connection: duckdb.DuckDBPyConnection, bits: float, deduplicated: Sequence[str]
) -> pa.Table:
    """Return a table of component_id and the number of its group."""
    components = [
        one
        for (one,) in connection.execute(
            "select distinct component_id from members order by all"
        ).fetchall()
    ]
    number = {one: index for index, one in enumerate(components)}
    listed = ", ".join(literal(one) for one in deduplicated) or "null"
    holds: dict[int, frozenset[str]] = {}
    for component, sources in connection.execute(
        "select component_id, list(distinct source) from members "
        f"where source in ({listed}) group by all"
    ).fetchall():
        holds[number[component]] = frozenset(sources)
    edges = connection.execute(
        "select left_component_id, right_component_id, "
        f"if(is_contradicted, -10, evidence_weight + {bits!r}) as bits "
        "from component_pairs where bits > -10 order by all"
    ).fetchall()
    groups = group(
        len(components),
        ((number[left], number[right], weight) for left, right, weight in edges),
        BALANCED,
        holds=holds,
    )
    return pa.table({"component_id": components, "g": groups})


def compare_with_labels(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    found: str,
    seconds: float,
    notes: str = "",
) -> Evaluation:
    """Return the pairwise figures of ``found`` (component_id, g) against `given.label`.

    Records without a label are left out.
    """
    right, made, true, groups, people = connection.execute(
        f"""
        with labelled as (
            select found.g, given.label from {found} as found
            inner join given using (component_id) where given.label is not null
        ),
        sizes as (select g, label, count(*) as n from labelled group by all),
        by_group as (select sum(n) as n from sizes group by g),
        by_label as (select sum(n) as n from sizes group by label)
        select
            (select coalesce(sum(n * (n - 1) // 2), 0) from sizes),
            (select coalesce(sum(n * (n - 1) // 2), 0) from by_group),
            (select coalesce(sum(n * (n - 1) // 2), 0) from by_label),
            (select count(*) from by_group), (select count(*) from by_label)
        """
    ).fetchone() or (0, 0, 0, 0, 0)
    precision = float(right) / float(made) if made else 1.0
    recall = float(right) / float(true) if true else 1.0
    f1 = 2 * float(right) / float(made + true) if made + true else 1.0
    return Evaluation(
        name,
        round(precision, 6),
        round(recall, 6),
        round(f1, 6),
        int(groups),
        int(people),
        seconds,
        notes,
    )
