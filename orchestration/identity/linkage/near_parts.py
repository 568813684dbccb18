"""Which weights decide anything tonight: of pairs to list, and of parts that may be joined.

Groups are joined by the mean of their pairs, so each join has at least one pair that is
certain by itself. All else, nearly all weights, lies between parts that no chain of such
pairs connects, and can change nothing.
"""

import duckdb
import pyarrow as pa

from orchestration.home.tables import handed
from orchestration.identity.linkage.kept_store import STORE
from orchestration.identity.linkage.linkage_model import LinkageModel
from orchestration.identity.linkage.matching import log_odds
from orchestration.identity.linkage.unions import Unions


def write_near(connection: duckdb.DuckDBPyConnection, model: LinkageModel) -> None:
    """Write temp table `near` (component_id, near): parts that certain pairs connect."""
    rows = connection.execute(
        f"""
        with strong as (
            select l, r from {STORE}.scores
            where {match_weight(model)} >= {log_odds(model.certain)!r}
        ),
        owners as (
            select distinct id, component_id from members
            where id in (select l from strong union all select r from strong)
        )
        select distinct one.component_id, other.component_id
        from strong
        inner join owners as one on one.id = strong.l
        inner join owners as other on other.id = strong.r
        where one.component_id <> other.component_id
        """
    ).fetchall()
    unions: Unions[str] = Unions()
    for left, right in rows:
        unions.join(left, right)
    names = sorted({name for row in rows for name in row})
    roots = [unions.find(name) for name in names]
    table = pa.table(
        {
            "component_id": pa.array(names, pa.string()),
            "near": pa.array(roots, pa.string()),
        }
    )
    with handed(connection, near_rows=table):
        connection.execute("create or replace temp table near as from near_rows")


def write_telling_scores(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel
) -> None:
    """Write temp table `scores`: weights to list, and all between parts that are near."""
    connection.execute(
        f"""
        create or replace temp table scores as
        with placed as (
            select distinct members.id, near.near
            from members inner join near using (component_id)
        ),
        close as (
            select scores.l, scores.r
            from {STORE}.scores
            inner join placed as one on one.id = scores.l
            inner join placed as other on other.id = scores.r
            where one.near = other.near
        )
        from {STORE}.scores
        where {match_weight(model)} >= {log_odds(model.clerical)!r}
        or {match_weight(model)} >= {log_odds(model.certain)!r}
        or (l, r) in (select (l, r) from close)
        """
    )


def match_weight(model: LinkageModel) -> str:
    """Return SQL for the bits of a pair, what is true of any two records counted in."""
    return f"round(evidence_weight + {log_odds(model.prior)!r}::double, 6)"
