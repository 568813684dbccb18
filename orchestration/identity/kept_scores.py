"""Weights of pairs that nights before have compared: unchanged records are not again.

Beside the warehouse, by hashes of the records' contents. With or without these files the
night's links are the same: a weight depends on two contents and the model alone, and
which pairs are compared follows from tonight's blocks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.files import publish_file
from orchestration.identity.blocking import Rule, write_pairs
from orchestration.identity.comparisons import COMPARISONS, Comparison
from orchestration.identity.matching import (
    find_blocks,
    least_evidence,
    night_rules,
    write_scores,
    write_twin_pairs,
)
from orchestration.identity.models import LinkageModel
from orchestration.readers import literal

PREFIX = "linkage"
TABLES = ("contents", "skipped", "scores")


@dataclass(frozen=True)
class Scored:
    """How many pairs were compared anew, and the skipped blocks by rule."""

    pairs: int
    new_contents: int
    skipped: dict[str, int]


def digest(
    model: LinkageModel, comparisons: Sequence[Comparison], rules: Sequence[Rule]
) -> str:
    """Return a short hash of all that decides a weight or a block."""
    names = [one.name for one in comparisons]
    text = repr((model.model_id, names, COMPARISONS, rules, duckdb.__version__))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def score_with_kept(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
    folder: Path | None,
) -> Scored:
    """Write `scores` of `contents`, comparing only what ``folder`` does not know."""
    key = digest(model, comparisons, night_rules(connection, comparisons))
    paths = {
        table: folder / f"{PREFIX}-{table}-{key}.parquet" for table in TABLES
    } if folder else {}  # fmt: skip
    skipped = find_blocks(connection, comparisons)
    known = read_kept(connection, paths)
    if known:
        write_changed_pairs(connection)
    else:
        write_pairs(connection)
    pairs = _count(connection, "pairs")
    new = _count(connection, "contents") - (_count(connection, "known") if known else 0)
    write_scores(connection, model, comparisons, least=least_evidence(model))
    if known:
        connection.execute("insert into scores by name from still_scored")
    if folder and (pairs or new or _count(connection, "forgotten")):
        write_kept(connection, folder, paths)
    write_own_scores(connection, model, comparisons)
    return Scored(pairs, new, skipped)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
    return int(count)


def read_kept(connection: duckdb.DuckDBPyConnection, paths: dict[str, Path]) -> bool:
    """Write what is kept as temp tables; return whether there is anything."""
    connection.execute("create or replace temp table forgotten (content_key varchar)")
    try:
        for table, path in paths.items():
            connection.execute(
                f"create or replace temp table kept_{table} as "
                f"from read_parquet({literal(str(path))})"
            )
    except duckdb.Error:
        return False
    if not paths:
        return False
    connection.execute(
        """
        create or replace temp table known as
        select id from contents semi join kept_contents using (content_key);
        insert into forgotten
        from kept_contents anti join contents using (content_key);
        -- blocks that were too large and are not any more, and the other way round
        create or replace temp table opened as
        select blocks.* from blocks semi join kept_skipped
            on kept_skipped.rule = blocks.rule
            and kept_skipped.block_key = blocks.block_key;
        create or replace temp table closed as
        select now.* from skipped_blocks as now anti join kept_skipped
            on kept_skipped.rule = now.rule
            and kept_skipped.block_key = now.block_key;
        create or replace temp table still_scored as
        select one.id as l, other.id as r, kept.* exclude (l_key, r_key)
        from kept_scores as kept
        inner join contents as one on one.content_key = kept.l_key
        inner join contents as other on other.content_key = kept.r_key
        """
    )
    connection.execute(
        """
        create or replace temp table doubted as
        with touched as (
            select distinct id from block_keys semi join closed using (rule, block_key)
        )
        select l, r from still_scored
        where l in (from touched) and r in (from touched)
        """
    )
    connection.execute(
        """
        delete from still_scored where (l, r) in (
            from doubted
            anti join (
                select doubted.l, doubted.r
                from doubted
                inner join block_keys as one on one.id = doubted.l
                inner join block_keys as other
                    on other.id = doubted.r
                    and other.rule = one.rule
                    and other.block_key = one.block_key
                semi join blocks
                    on blocks.rule = one.rule and blocks.block_key = one.block_key
            ) using (l, r)
        )
        """
    )
    return True


def write_changed_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Write `pairs`: those with a new content, and those of blocks that were too large."""
    connection.execute(
        """
        create or replace temp table pairs as
        with used as (
            select keys.* from block_keys as keys
            semi join blocks using (rule, block_key)
        ),
        fresh as (
            from used anti join known using (id)
            union
            from used semi join opened using (rule, block_key)
        ),
        found as (
            select distinct
                least(fresh.id, used.id) as l, greatest(fresh.id, used.id) as r
            from fresh
            inner join used using (rule, block_key)
            where fresh.id <> used.id
        )
        select l, r from found anti join still_scored using (l, r)
        """
    )


def write_kept(
    connection: duckdb.DuckDBPyConnection, folder: Path, paths: dict[str, Path]
) -> None:
    """Keep tonight's contents, skipped blocks and scores; forget all others."""
    queries = {
        "contents": "select content_key from contents order by all",
        "skipped": "select rule, block_key from skipped_blocks order by all",
        "scores": "select one.content_key as l_key, other.content_key as r_key, "
        "scores.* exclude (l, r) from scores "
        "inner join contents as one on one.id = scores.l "
        "inner join contents as other on other.id = scores.r order by l_key, r_key",
    }
    for table, path in paths.items():
        hidden = path.with_name(f".{path.name}")
        connection.execute(
            f"copy ({queries[table]}) to {literal(str(hidden))} (format parquet)"
        )
        publish_file(hidden, path)
    for outdated in folder.glob(f"{PREFIX}-*.parquet"):
        if outdated not in paths.values():
            outdated.unlink()


def write_own_scores(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
) -> None:
    """Add to `scores` what contents that stand in several parts say of themselves."""
    connection.execute("alter table scores rename to scores_of_pairs")
    connection.execute("create or replace temp table own_pairs (l integer, r integer)")
    write_twin_pairs(connection, "own_pairs")
    write_scores(connection, model, comparisons, "own_pairs")
    connection.execute("insert into scores by name from scores_of_pairs")
    connection.execute("drop table scores_of_pairs")
