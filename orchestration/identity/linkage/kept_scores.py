"""Weights of tonight's pairs: only those that are new or stand in a changed block are made.

A weight depends on two contents and the model alone, and which pairs are compared follows
from tonight's blocks. So what changed against what is kept gives the same as all anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from orchestration.identity.linkage.blocking import (
    Rule,
    write_blocks,
    write_keys,
    write_pairs,
)
from orchestration.identity.linkage.comparisons import Comparison
from orchestration.identity.linkage.kept_store import STORE, has_scores
from orchestration.identity.linkage.linkage_model import LinkageModel
from orchestration.identity.linkage.matching import least_evidence, write_scores


@dataclass(frozen=True)
class Scored:
    """How many pairs were compared anew, of how many new contents; skipped blocks by rule."""

    pairs: int
    new_contents: int
    skipped: dict[str, int]


def score_changed(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
    rules: Sequence[Rule],
    read: Callable[[str], None],
) -> Scored:
    """Bring the store up to tonight's `members`: weights, keys and contents.

    ``read`` adds the contents of a query's ids to `contents`.
    """
    write_keys(connection, rules, "contents")
    write_old_keys(connection)
    more = write_blocks(connection, rules)
    write_pairs(connection)
    write_dropped(connection, rules)
    write_twins(connection)
    new_contents, pairs = (_count(connection, table) for table in ("contents", "pairs"))
    if _count(connection, f"{STORE}.raws"):
        read(
            "select l as id from pairs union all select r from pairs "
            "union all select l from new_twins"
        )
    write_scores(connection, model, comparisons, "new_twins")
    connection.execute("alter table scores rename to twin_scores")
    write_scores(connection, model, comparisons, least=least_evidence(model))
    connection.execute("insert into scores by name from twin_scores")
    connection.execute("drop table twin_scores")
    change_store(connection, more)
    rows = connection.execute(
        f"select rule, sum(blocks)::bigint as n from {STORE}.skipped "
        "group by rule having n > 0 order by rule"
    ).fetchall()
    return Scored(pairs, new_contents, {rules[rule].name: n for rule, n in rows})


def write_old_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp table `old_keys`: known contents in blocks that tonight touches."""
    if not _count(connection, f"{STORE}.keys"):
        return
    connection.execute(
        f"""
        create or replace temp table old_keys as
        with touched as (
            select block_key from new_keys
            union
            select block_key from {STORE}.keys semi join forgotten using (id)
        )
        select rule, block_key, id, id not in (from forgotten) as stays
        from {STORE}.keys semi join touched using (block_key)
        """
    )


def write_dropped(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Write temp table `dropped` (l, r): pairs whose last common block is too large now.

    Pairs of reopened blocks that have a weight already are taken out of `pairs`.
    """
    connection.execute("create or replace temp table dropped (l ubigint, r ubigint)")
    if not has_scores(connection):
        return
    if _count(connection, "opened"):
        connection.execute(
            f"delete from pairs where (l, r) in (select (l, r) from {STORE}.scores)"
        )
    if not _count(connection, "closed"):
        return
    caps = ", ".join(f"({number}, {rule.cap})" for number, rule in enumerate(rules))
    connection.execute(
        f"""
        create or replace temp table doubted as
        with crowd as (
            select block_key, id
            from old_keys semi join closed using (block_key) where stays
        )
        select distinct one.id as l, other.id as r
        from crowd as one
        inner join crowd as other using (block_key)
        semi join {STORE}.scores as scores
            on scores.l = one.id and scores.r = other.id
        where one.id < other.id;
        create or replace temp table doubted_keys as
        select block_key, id from {STORE}.keys
        where id in (select l from doubted union all select r from doubted);
        create or replace temp table shared as
        select doubted.l, doubted.r, one.block_key
        from doubted
        inner join doubted_keys as one on one.id = doubted.l
        inner join doubted_keys as other
            on other.id = doubted.r and other.block_key = one.block_key;
        insert into dropped
        with standing as (
            select rule, block_key from {STORE}.keys anti join forgotten using (id)
            union all
            select rule, block_key from new_keys
        ),
        small as (
            select block_key
            from standing semi join shared using (block_key)
            inner join (values {caps}) as caps (rule, cap) using (rule)
            group by block_key having count(*) <= any_value(cap)
        )
        select l, r from doubted
        anti join (from shared semi join small using (block_key)) using (l, r)
        """
    )


def write_twins(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp tables `twins` and `new_twins` (l, r): contents that several parts have.

    "Ana Smith" may be two people: what a content says of itself is weighed, too.
    """
    known = f"anti join {STORE}.scores using (l, r)" if has_scores(connection) else ""
    connection.execute(
        f"""
        create or replace temp table twins as
        select id as l, id as r from members group by id
        having min(component_id) <> max(component_id);
        create or replace temp table new_twins as from twins {known}
        """
    )


def change_store(connection: duckdb.DuckDBPyConnection, more: dict[int, int]) -> None:
    """Put tonight's changes into the store, all or none."""
    changes = [
        f"delete from {STORE}.raws where (raw_one, raw_other) not in "
        "(select (raw_one, raw_other) from seen)",
        f"insert into {STORE}.raws from new_raws",
        f"delete from {STORE}.keys where id in (from forgotten)",
        f"insert into {STORE}.keys from new_keys",
    ]
    if has_scores(connection):
        changes += [
            f"delete from {STORE}.scores "
            "where l in (from forgotten) or r in (from forgotten) "
            "or (l = r and l not in (select l from twins))",
            f"delete from {STORE}.scores where (l, r) in (select (l, r) from dropped)",
            f"insert into {STORE}.scores by name from scores",
        ]
    else:
        changes.append(f"create table {STORE}.scores as from scores")
    changes += [
        f"insert into {STORE}.skipped values ({rule}, {count})"
        for rule, count in sorted(more.items())
        if count
    ]
    connection.execute("begin")
    try:
        for change in changes:
            connection.execute(change)
    except duckdb.Error:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
    return int(count)
