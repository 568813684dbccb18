"""Fit the linkage model to a night's own records, without labels.

u comes from random pairs, m first from sessions and then from all pairs that are compared
and that no identifier ties together, the prior with them (`training.py`). Each is held by
the base model, so that a small shop's is nearly the base model, and a large one's its own.
"""

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import numpy as np

from orchestration.home.redaction import redact
from orchestration.identity.linkage.blocking import write_pairs
from orchestration.identity.linkage.comparisons import Comparison, comparisons_for
from orchestration.identity.linkage.contradictions import held_apart
from orchestration.identity.linkage.grouping import group
from orchestration.identity.linkage.linkage import LinkageError, read_records
from orchestration.identity.linkage.linkage_model import (
    JOINED_FROM,
    WRONG_AT_MOST,
    LinkageModel,
    base_model,
)
from orchestration.identity.linkage.matching import (
    WEAKEST,
    filled_fields,
    find_blocks,
    log_odds,
    write_component_pairs,
    write_contents,
    write_scores,
)
from orchestration.identity.linkage.training import refine, train

SAMPLED_PAIRS = 100_000
# Pairs of so few bits are no match under any model.
LEAST_LEARNT = -10.0
# A name or town that so many records share is kept with the model; a rarer one is not.
LISTED_FROM = 3


def learn(connection: duckdb.DuckDBPyConnection) -> LinkageModel:
    """Return the model of the night's records.

    Raises:
        LinkageError: the engine refused.
    """
    try:
        read_records(connection)
        return _learn(connection)
    except duckdb.Error as error:
        raise LinkageError(
            "The linkage could not be fitted to tonight's records, so nothing was "
            f"published. The engine says: {redact(str(error))}"
        ) from None


def _learn(connection: duckdb.DuckDBPyConnection) -> LinkageModel:
    write_contents(connection, "features")
    records, contents = connection.execute(
        "select (select count(*) from members), (select count(*) from contents)"
    ).fetchone() or (0, 0)
    base = base_model()
    filled = filled_fields(connection, "contents") if contents else set()
    comparisons = comparisons_for(filled)
    if not comparisons:
        return replace(base, evaluation={"records": records, "contents": contents})
    found = train(connection, comparisons, "contents", LISTED_FROM)
    find_blocks(connection, comparisons)
    # what a model is worth shows in a sample, however many records there are
    thin = write_pairs(connection, SAMPLED_PAIRS)
    # only pairs that no identifier ties together are the night's question
    connection.execute(
        "delete from pairs where (l, r) in (select (one.id, other.id) from members as one "
        "inner join members as other using (component_id))"
    )
    write_scores(connection, found, comparisons, least=LEAST_LEARNT)
    found, seen = refine(connection, found, comparisons, contents, thin)
    found = replace(
        found,
        levels={**base.levels, **found.levels},
        apart=held_apart(seen),
        evaluation={"records": records, "contents": contents},
    )
    return replace(
        found, certain=careful(joins_of(connection, found, comparisons, thin))
    )


def joins_of(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
    thin: int,
) -> list[float]:
    """Return the bits of the joins that ``model`` would make, pairs where they are a sample."""
    write_scores(connection, model, comparisons)
    bits = log_odds(model.prior)
    least = log_odds(JOINED_FROM)
    write_component_pairs(connection, model.apart)
    edges = connection.execute(
        "select left_component_id, right_component_id, "
        f"if(is_contradicted, {WEAKEST}::double, round(evidence_weight + {bits!r}, 6)) "
        f"as bits from component_pairs where evidence_weight + {bits!r} > {WEAKEST} "
        "order by all"
    ).fetchall()
    if thin > 1:
        return [weight for _, _, weight in edges if weight >= least]
    names = sorted({name for edge in edges for name in edge[:2]})
    number = {name: index for index, name in enumerate(names)}
    joins: list[float] = []
    group(
        len(names),
        [(number[left], number[right], weight) for left, right, weight in edges],
        least,
        joins=joins,
    )
    return joins


def careful(joins: Sequence[float]) -> float:
    """Return the probability from which at most `WRONG_AT_MOST` of ``joins`` are wrong.

    No less than `JOINED_FROM`, whatever the joins.
    """
    bits = np.sort(np.asarray(joins, dtype=np.float64))[::-1]
    wrong = np.cumsum(1 / (1 + np.exp2(np.clip(bits, -60, 60))))
    within = np.flatnonzero(wrong <= WRONG_AT_MOST * np.arange(1, len(bits) + 1))
    least = bits[within[-1]] if len(within) and within[-1] < len(bits) - 1 else 0.0
    return max(JOINED_FROM, round(float(1 / (1 + np.exp2(-least))), 6))
