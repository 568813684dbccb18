"""The step between facts and marts: who is probably the same person.

A plain function over the warehouse. It reads `intermediate.int_identity_records` and
writes the schema `linked`; what it finds is joined to people, or not, by the step after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.home.redaction import redact
from orchestration.home.tables import handed, literal
from orchestration.identity.linkage.blocking import rules_for
from orchestration.identity.linkage.comparisons import Comparison, comparisons_for
from orchestration.identity.linkage.doubts import contradict
from orchestration.identity.linkage.features import (
    FIELDS,
    days_come_first,
    write_features,
)
from orchestration.identity.linkage.grouping import group
from orchestration.identity.linkage.kept_contents import read_contents, write_members
from orchestration.identity.linkage.kept_scores import Scored, score_changed
from orchestration.identity.linkage.kept_store import STORE, begin_anew, open_store
from orchestration.identity.linkage.linkage_model import LinkageModel
from orchestration.identity.linkage.matching import (
    WEAKEST,
    log_odds,
    write_component_pairs,
)
from orchestration.identity.linkage.near_parts import (
    match_weight,
    write_near,
    write_telling_scores,
)
from orchestration.identity.linkage.own_accounts import keep_accounts_apart

SCHEMA = "linked"
RECORDS = "intermediate.int_identity_records"
TABLES: Mapping[str, Mapping[str, str]] = {
    "probable_links": {
        "left_component_id": "varchar",
        "right_component_id": "varchar",
        "left_record_id": "varchar",
        "right_record_id": "varchar",
        "match_weight": "double",
        "match_probability": "double",
        "band": "varchar",
        "evidence": "varchar",
        "model_id": "varchar",
    },
    "linkage_runs": {
        "model_id": "varchar",
        "record_count": "bigint",
        "pair_count": "bigint",
        "skipped_block_count": "bigint",
        "link_count": "bigint",
        "clerical_count": "bigint",
    },
}
MEANINGS = (
    "first_name", "last_name", "full_name", "email", "phone", "birth_date", "street",
    "city", "region", "postal_code", "gender",
)  # fmt: skip
VIEW = "identity_records"
ARE_NEAR = (
    "(select near from near where component_id = left_component_id) "
    "= (select near from near where component_id = right_component_id)"
)


class LinkageError(Exception):
    """Probable links could not be found; the message names no person's data."""


@dataclass(frozen=True)
class Linked:
    """What the night compared and found: counts only."""

    model_id: str
    records: int
    pairs: int
    compared_anew: int
    new_contents: int
    skipped: Mapping[str, int]
    certain: int
    clerical: int


def write_empty_linked_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the tables of this step without rows, so that what reads them compiles."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for table, columns in TABLES.items():
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create or replace table {SCHEMA}.{table} ({listed})")


def link_records(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    deduplicated: Sequence[str] = (),
    kept: Path | None = None,
) -> Linked:
    """Write the schema `linked` over tonight's records.

    ``deduplicated`` names sources in which nobody stands twice; ``kept`` is the folder of
    weights that nights before have worked out.

    Raises:
        LinkageError: the engine refused.
    """
    try:
        write_empty_linked_tables(connection)
        write_records(connection)
        days_first = days_come_first(connection, VIEW)
        with open_store(connection, kept, model, days_first):
            return _link(connection, model, deduplicated, days_first=days_first)
    except duckdb.Error as error:
        raise LinkageError(
            "Probable links could not be found, so nothing was published. "
            f"The engine says: {redact(str(error))}"
        ) from None


def _link(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    deduplicated: Sequence[str],
    *,
    days_first: bool,
) -> Linked:
    comparisons = comparisons_of(model)

    def read(wanted: str) -> None:
        read_contents(connection, VIEW, MEANINGS, wanted, days_first=days_first)

    write_members(connection, VIEW, MEANINGS, days_first=days_first)
    (contents,) = connection.execute(
        "select count(distinct id) from members"
    ).fetchone() or (0,)
    rules = rules_for({one.needs for one in comparisons}, int(contents))
    if begin_anew(connection, rules):
        write_members(connection, VIEW, MEANINGS, days_first=days_first)
    scored = score_changed(connection, model, comparisons, rules, read)
    write_near(connection, model)
    write_telling_scores(connection, model)
    write_component_pairs(connection, model.apart)
    read("select id from members semi join near using (component_id)")
    contradict(connection, comparisons, model.apart, ARE_NEAR)
    keep_accounts_apart(connection, comparisons, ARE_NEAR)
    write_bands(connection, model, deduplicated)
    write_links(connection, model, comparisons)
    return count(connection, model, scored)


def comparisons_of(model: LinkageModel) -> tuple[Comparison, ...]:
    """Return the comparisons that ``model`` weighs of the fields that records have."""
    fields = {one for one in FIELDS if one in MEANINGS}
    return tuple(one for one in comparisons_for(fields) if one.name in model.levels)


def write_records(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp view `identity_records`: the night's records, all text."""
    # a date with a slip in it is none, and is compared as it was written
    written = {"birth_date": "coalesce(birth_date::varchar, birth_date_text::varchar)"}
    texts = ", ".join(
        f"{written.get(one, f'cast({one} as varchar)')} as {one}" for one in MEANINGS
    )
    connection.execute(
        f"create or replace temp view {VIEW} as "
        f"select record_id, source, component_id, {texts} from {RECORDS}"
    )


def count_records(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many records there are tonight."""
    (count,) = connection.execute(f"select count(*) from {RECORDS}").fetchone() or (0,)
    return int(count)


def read_records(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp table `features` of the night's records."""
    write_records(connection)
    write_features(connection, VIEW, MEANINGS, "features")
    connection.execute(f"drop view {VIEW}")


def write_bands(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    deduplicated: Sequence[str],
) -> None:
    """Write temp table `banded`: the pairs of parts that may be one person.

    A pair is certain where its own weight says so, nothing contradicts it, and the parts
    hold together as a group; it is clerical from the model's lower bound.
    """
    connection.execute(
        f"create or replace temp table weighed as "
        f"select *, {match_weight(model)} as match_weight from component_pairs"
    )
    edges = connection.execute(
        "select left_component_id, right_component_id, "
        f"if(is_contradicted, {WEAKEST}::double, match_weight) from weighed "
        f"where match_weight > {WEAKEST} and {ARE_NEAR} "
        "order by left_component_id, right_component_id"
    ).fetchall()
    names = sorted({name for edge in edges for name in edge[:2]})
    number = {name: index for index, name in enumerate(names)}
    groups = group(
        len(names),
        [(number[left], number[right], bits) for left, right, bits in edges],
        log_odds(model.certain),
        holds=sources_held(connection, number, deduplicated),
    )
    table = pa.table(
        {
            "component_id": pa.array(names, pa.string()),
            "group_number": pa.array(groups, pa.int64()),
        }
    )
    with handed(connection, grouped=table):
        connection.execute(
            f"""
            create or replace temp table banded as
            select
                weighed.*,
                case
                    when one.group_number = other.group_number
                    and match_weight >= {log_odds(model.certain)!r} and not is_contradicted
                    then 'certain'
                    else 'clerical'
                end as band
            from weighed
            left join grouped as one on one.component_id = left_component_id
            left join grouped as other on other.component_id = right_component_id
            where match_weight >= {log_odds(model.clerical)!r} and not is_two
            """
        )


def sources_held(
    connection: duckdb.DuckDBPyConnection,
    number: Mapping[str, int],
    deduplicated: Sequence[str],
) -> dict[int, frozenset[str]]:
    """Return the sources without duplicates that each part has a record of."""
    listed = ", ".join(literal(one) for one in deduplicated) or "null"
    rows = connection.execute(
        "select component_id, list(distinct source) from members "
        f"where source in ({listed}) group by all"
    ).fetchall()
    return {
        number[part]: frozenset(sources) for part, sources in rows if part in number
    }


def write_links(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
) -> None:
    """Write `linked.probable_links`, with what speaks for and against each pair."""
    words = []
    for one in comparisons:
        arms = " ".join(
            f"when {level} then {literal(f'{one.name} {step.label} ')}"
            for level, step in enumerate(one.levels)
            if level
        )
        words.append(f"case g_{one.name} {arms} end || printf('%+.1f', w_{one.name})")
    connection.execute(
        f"""
        insert into {SCHEMA}.probable_links
        select
            left_component_id, right_component_id, left_record_id, right_record_id,
            match_weight,
            round(1 / (1 + pow(2, -match_weight)), 6) as match_probability,
            band, concat_ws('; ', {", ".join(words)}) as evidence,
            {literal(model.model_id)} as model_id
        from banded
        inner join scores using (l, r)
        order by left_component_id, right_component_id
        """
    )


def count(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel, scored: Scored
) -> Linked:
    """Write `linked.linkage_runs` and return what was found."""
    skipped = sum(scored.skipped.values())
    # how many pairs matter follows from tonight's records, not from what was kept
    pairs, records, certain, clerical = connection.execute(
        f"""
        select
            (select count(*) from {STORE}.scores),
            (select count(*) from members),
            (select count(*) from {SCHEMA}.probable_links where band = 'certain'),
            (select count(*) from {SCHEMA}.probable_links where band = 'clerical')
        """
    ).fetchone() or (0, 0, 0, 0)
    connection.execute(
        f"insert into {SCHEMA}.linkage_runs values (?, ?, ?, ?, ?, ?)",
        [model.model_id, records, pairs, skipped, certain, clerical],
    )
    return Linked(
        model.model_id,
        records,
        pairs,
        scored.pairs,
        scored.new_contents,
        scored.skipped,
        certain,
        clerical,
    )
