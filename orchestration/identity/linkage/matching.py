"""From a table of people to weighed pairs: the same steps by night and in evaluation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from orchestration.identity.linkage.blocking import (
    Rule,
    rules_for,
    write_blocks,
    write_keys,
    write_pairs,
)
from orchestration.identity.linkage.comparisons import Comparison, comparisons_for
from orchestration.identity.linkage.contradictions import ASKED, contradictions
from orchestration.identity.linkage.features import FIELDS
from orchestration.identity.linkage.linkage_model import LinkageModel
from orchestration.identity.linkage.scoring import (
    rarity_sql,
    weight_sql,
    write_likely_gammas,
)

# Below so many bits of evidence a pair is no pair: kept are what may be one person, and
# what speaks against it.
LEAST_EVIDENCE = -2.0
# Below so many bits, the prior counted, a pair says no more than one that was not found.
WEAKEST = -10.0
SAME_CONTENT_AT_MOST = 50


@dataclass(frozen=True)
class Compared:
    """What was compared: how many contents, pairs, and blocks that were too large."""

    contents: int
    pairs: int
    skipped: dict[str, int]
    comparisons: tuple[Comparison, ...]


def write_contents(connection: duckdb.DuckDBPyConnection, features: str) -> None:
    """Write temp tables `contents` (id, content_key, FIELDS) and `members`.

    Records that say the same are compared once. Ids count from 0 in the order of a hash
    of the content, so they depend on nothing else.
    """
    listed = ", ".join(FIELDS)
    text = ", '|', ".join(f"coalesce({field}, '')" for field in FIELDS)
    connection.execute(
        f"create or replace temp table keyed as "
        f"select *, md5(concat({text})) as content_key from {features}"
    )
    connection.execute(
        f"""
        create or replace temp table contents as
        select (row_number() over (order by content_key) - 1)::integer as id, *
        from (select distinct content_key, {listed} from keyed)
        """
    )
    connection.execute(
        "create or replace temp table members as "
        "select record_id, source, component_id, id "
        "from keyed inner join contents using (content_key)"
    )
    connection.execute("drop table keyed")


def filled_fields(connection: duckdb.DuckDBPyConnection, contents: str) -> set[str]:
    """Return the fields that say something: filled in, and not the same everywhere."""
    counts = connection.execute(
        "select " + ", ".join(f"count(distinct {one})" for one in FIELDS)
        + f" from {contents}"
    ).fetchone() or ()  # fmt: skip
    return {field for field, count in zip(FIELDS, counts, strict=True) if count > 1}


def write_frequencies(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel
) -> None:
    """Write the model's frequencies as temp tables `tf_<field>`."""
    for field, (values, _) in model.frequencies.items():
        connection.execute(
            f"create or replace temp table tf_{field} (value varchar, share double)"
        )
        if values:
            connection.execute(
                f"insert into tf_{field} select unnest(?), unnest(?)",
                [list(values), list(values.values())],
            )


def write_scores(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
    pairs: str = "pairs",
    contents: str = "contents",
    *,
    least: float = LEAST_EVIDENCE,
) -> None:
    """Write temp table `scores` (l, r, evidence_weight, x_..., g_..., w_...).

    Only pairs of at least so many bits are there.

    `evidence_weight` is the sum over all comparisons, in bits, without the prior; w_ is
    each one's part of it, g_ its level, x_ whether it says that these are two people.
    """
    rare = [one for one in model.frequencies if _is_compared(one, comparisons)]
    write_frequencies(connection, model)
    sides = [
        (side, name, field)
        for field in rare
        for side, name in (("one", "l"), ("other", "r"))
    ]
    frequencies = "".join(
        f" left join tf_{field} as {side}_{field} "
        f"on {side}_{field}.value = {side}.{field}"
        for side, name, field in sides
    )
    columns = "".join(
        f", coalesce({side}_{field}.share, {model.frequencies[field][1]!r})"
        f" as tf_{field}_{name}"
        for side, name, field in sides
    )
    write_likely_gammas(
        connection, model, comparisons, pairs, contents, into="gammas", least=least
    )
    parts = ", ".join(
        f"round(({weight_sql(model, one)})::double + {rarity_sql(model, one)}, 6)"
        f" as w_{one.name}"
        for one in comparisons
    )
    total = " + ".join(f"w_{one.name}" for one in comparisons)
    levels = ", ".join(f"g_{one.name}, w_{one.name}" for one in comparisons)
    against = "".join(
        f", {sql} as x_{name}" for name, sql in contradictions(comparisons).items()
    )
    connection.execute(
        f"""
        create or replace temp table scores as
        with rare as (
            select gammas.*{columns}
            from gammas
            inner join {contents} as one on one.id = gammas.l
            inner join {contents} as other on other.id = gammas.r
            {frequencies}
        ),
        weighed as (select *, {parts} from rare)
        select l, r, round(({total})::double, 6) as evidence_weight{against}, {levels}
        from weighed
        where evidence_weight >= {least}
        """
    )


def _is_compared(field: str, comparisons: Sequence[Comparison]) -> bool:
    return any(
        level.frequency_of == field for one in comparisons for level in one.levels
    )


def compare(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison] | None = None,
) -> Compared:
    """Write `pairs` of `contents` and return what is compared, and by what.

    The comparisons are those whose fields are filled, or ``comparisons``.
    """
    if comparisons is None:
        comparisons = comparisons_for(filled_fields(connection, "contents"))
    skipped = find_blocks(connection, comparisons)
    write_pairs(connection)
    write_twin_pairs(connection, "pairs")
    counts = connection.execute(
        "select (select count(*) from contents), (select count(*) from pairs)"
    ).fetchone() or (0, 0)
    return Compared(int(counts[0]), int(counts[1]), skipped, tuple(comparisons))


def find_blocks(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]
) -> dict[str, int]:
    """Write the blocks of `contents`; return the skipped ones by rule."""
    rules = night_rules(connection, comparisons)
    write_keys(connection, rules, "contents")
    skipped = write_blocks(connection, rules)
    return {rules[number].name: count for number, count in skipped.items()}


def night_rules(
    connection: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison]
) -> tuple[Rule, ...]:
    """Return the rules by which `contents` are compared."""
    (records,) = connection.execute("select count(*) from contents").fetchone() or (0,)
    return rules_for({one.needs for one in comparisons}, int(records))


def write_twin_pairs(connection: duckdb.DuckDBPyConnection, into: str) -> None:
    """Add to ``into`` contents that stand in several parts: "Ana Smith" may be two."""
    connection.execute(
        f"insert into {into} select id, id from members group by id "
        "having count(distinct component_id) > 1"
    )


def least_evidence(model: LinkageModel) -> float:
    """Return the bits of evidence below which a pair is of no use to a night."""
    return max(LEAST_EVIDENCE, round(WEAKEST - log_odds(model.prior), 6))


def find_prior(
    connection: duckdb.DuckDBPyConnection, records: int, thin: int = 1
) -> float:
    """Return how likely two random records are one person's, from `scores`.

    `scores` holds one of ``thin`` pairs. The fixed point of: the pairs that are expected
    to be one person's over all pairs.
    """
    total = max(1, records * (records - 1) // 2)
    histogram = connection.execute(
        "select round(evidence_weight, 1) as w, count(*) as n from scores "
        "where l < r and not x_first_name and not x_birth_date group by all order by w"
    ).fetchall()
    prior = min(0.01, 1 / max(2, records))
    for _ in range(50):
        bits = log_odds(prior)
        expected = thin * sum(n / (1 + 2 ** min(60, -(w + bits))) for w, n in histogram)
        prior = min(0.1, max(expected, 1.0) / total)
    return round(prior, 12)


def log_odds(probability: float) -> float:
    """Return a probability as bits for and against."""
    return math.log2(probability / (1 - probability))


def write_component_pairs(
    connection: duckdb.DuckDBPyConnection, contradicting: Sequence[str]
) -> None:
    """Write temp table `component_pairs`: the best pair of records of two components.

    (left_component_id, right_component_id, left_record_id, right_record_id,
    evidence_weight, l, r, is_contradicted, is_two), left < right. Contradicted is a pair
    of components of which any pair of records is, by one of the ``contradicting`` names;
    two people without a question where that is none of `ASKED`.
    """
    against = " or ".join(f"x_{name}" for name in contradicting) or "false"
    surely = (
        " or ".join(f"x_{name}" for name in contradicting if name not in ASKED)
        or "false"
    )
    connection.execute(
        f"""
        create or replace temp table component_pairs as
        with owners as (
            select id, component_id, min(record_id) as record_id
            from members group by id, component_id
        ),
        crowds as (
            select id from owners group by id having count(*) > {SAME_CONTENT_AT_MOST}
        ),
        matched as (
            select
                scores.l, scores.r, scores.evidence_weight,
                {against} as is_contradicted,
                {surely} as is_two,
                one.component_id < other.component_id as in_order,
                one.component_id as one_component, one.record_id as one_record,
                other.component_id as other_component, other.record_id as other_record
            from scores
            inner join owners as one on one.id = scores.l
            inner join owners as other on other.id = scores.r
            where one.component_id <> other.component_id
            and (scores.l < scores.r or one.component_id < other.component_id)
            and scores.l not in (from crowds) and scores.r not in (from crowds)
        ),
        ordered as (
            select
                if(in_order, one_component, other_component) as left_component_id,
                if(in_order, other_component, one_component) as right_component_id,
                if(in_order, one_record, other_record) as left_record_id,
                if(in_order, other_record, one_record) as right_record_id,
                evidence_weight, l, r,
                bool_or(is_contradicted) over (
                    partition by left_component_id, right_component_id
                ) as is_contradicted,
                bool_or(is_two) over (
                    partition by left_component_id, right_component_id
                ) as is_two
            from matched
        )
        select * from ordered
        qualify row_number() over (
            partition by left_component_id, right_component_id
            order by evidence_weight desc, left_record_id, right_record_id, l, r
        ) = 1
        """
    )
