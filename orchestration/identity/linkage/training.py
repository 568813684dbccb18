"""Learn what each outcome of a comparison is worth from the records themselves.

u (two people agree by chance) comes from random pairs; m (one person's records agree) by
expectation maximisation over pairs that share one field, that field left out, as Splink
does. Unlike Splink's, each step is held by the base model, as if so many pairs of it had
been seen: levels that are rare in a small shop keep sensible weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
from numpy.typing import NDArray

from orchestration.identity.linkage.comparisons import Comparison
from orchestration.identity.linkage.linkage_model import LinkageModel, base_model
from orchestration.identity.linkage.scoring import write_gammas

RANDOM_PAIRS = 500_000
SESSION_PAIRS = 60_000
SESSION_BLOCK, FEWEST_PAIRS, FEWEST_COMPARISONS = 500, 20, 2
PRIOR_PAIRS_M, PRIOR_PAIRS_U = 40.0, 2_000.0
STEPS = 60
# No two records are more likely one person than this before they are looked at; beside the
# pairs of the table so many a record count as seen, none of them one person.
MOST_ALIKE, UNSEEN_PAIRS = 0.05, 10
LEAST = 1e-7
LISTED_FROM, LISTED = 3, 5_000

Shares = dict[str, NDArray[np.float64]]

# A session: pairs that share this key, with the comparisons that the key decides.
SESSIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "email": ("email", ("email",)),
    "phone": ("phone", ("phone",)),
    "birth_date": ("birth_date", ("birth_date",)),
    "names": (
        "first_name || '/' || last_name",
        ("first_name", "last_name", "email"),
    ),
    "postal_code": (
        "postal_code",
        ("postal_code", "city", "region", "country", "street"),
    ),
    "street": ("street", ("postal_code", "city", "region", "country", "street")),
    "last_name": (
        "last_name || '/' || left(first_name, 1)",
        ("first_name", "last_name", "email"),
    ),
}
NEEDS: Mapping[str, tuple[str, ...]] = {
    "names": ("first_name", "last_name"),
    "last_name": ("first_name", "last_name"),
}


@dataclass(frozen=True)
class Session:
    """What one session found: m by comparison, and how many pairs of one person."""

    shares: Shares
    matches: Shares
    left_out: tuple[str, ...]


def train(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    contents: str,
    listed_from: int = LISTED_FROM,
) -> LinkageModel:
    """Return the model of the records in ``contents`` (`id` from 0 without gaps).

    Values that fewer than ``listed_from`` records have are as rare as all others.
    """
    records = _one(connection, f"select count(*) from {contents}")
    base = base_model(comparisons)
    us = estimate_u(connection, comparisons, contents, base, records)
    filled = {one.needs for one in comparisons}
    sessions = []
    for name, (key, left_out) in SESSIONS.items():
        if not set(NEEDS.get(name, (name,))) <= filled:
            continue
        free = [one for one in comparisons if one.name not in left_out]
        if len(free) >= FEWEST_COMPARISONS:
            found = run_session(connection, free, contents, key, us=us, base=base)
            if found:
                sessions.append(Session(*found, left_out))
    ms = combine(comparisons, sessions, base)
    us = without_matches(connection, comparisons, ms, us, base)
    return LinkageModel(
        {
            one.name: [
                (1.0, 1.0),
                *(
                    (round(float(max(m, LEAST)), 9), round(float(max(u, LEAST)), 9))
                    for m, u in zip(ms[one.name], us[one.name], strict=True)
                ),
            ]
            for one in comparisons
        },
        base.prior,
        frequencies(connection, comparisons, contents, listed_from),
    )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    (value,) = connection.execute(query).fetchone() or (0,)
    return int(value)


def base_shares(base: LinkageModel, which: int) -> Shares:
    """Return the base model's m (``which`` 0) or u (1), each summing to 1."""
    found = {}
    for name, levels in base.levels.items():
        values = np.array([level[which] for level in levels[1:]], dtype=np.float64)
        found[name] = values / values.sum()
    return found


def estimate_u(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    contents: str,
    base: LinkageModel,
    records: int,
) -> Shares:
    """Return how often random pairs come out at each level.

    The pairs are (i, i + step) for steps spread over the records, which lie in the order
    of their content's hash: the same records give the same pairs.
    """
    steps = max(1, min(records - 1, RANDOM_PAIRS // max(records, 1)))
    chosen = sorted({1 + (k * (records - 1)) // steps for k in range(steps)})
    listed = ", ".join(f"({step})" for step in chosen)
    thin = max(1, records * len(chosen) // RANDOM_PAIRS)
    connection.execute(
        "create or replace temp table random_pairs as select id as l, "
        f"(id + step) % {records} as r from {contents}, (values {listed}) as s (step) "
        f"where id % {thin} = 0 and (id + step) % {records} <> id"
    )
    write_gammas(connection, comparisons, "random_pairs", contents, "random_gammas")
    prior = base_shares(base, 1)
    found = {}
    for one in comparisons:
        counts = level_counts(connection, one, "random_gammas")
        total = counts + PRIOR_PAIRS_U * prior[one.name]
        found[one.name] = total / total.sum()
    return found


def without_matches(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    ms: Shares,
    us: Shares,
    base: LinkageModel,
) -> Shares:
    """Return ``us`` without the random pairs that are one person's.

    In a small table with many duplicates most pairs that share a mailbox are such, and
    would make it look common.
    """
    names = [one.name for one in comparisons]
    rows = connection.execute(
        f"select {', '.join(f'g_{one}' for one in names)}, count(*) as n "
        "from random_gammas group by all order by all"
    ).fetchnumpy()
    counts = np.asarray(rows["n"], dtype=np.float64)
    levels = {one: np.asarray(rows[f"g_{one}"], dtype=np.int64) for one in names}
    prior, share = base_shares(base, 1), 0.001
    for _ in range(STEPS):
        odds = bits_of(levels, ms, us) + np.log2(share / (1 - share))
        others = counts / (1 + np.exp2(np.clip(odds, -60, 60)))
        share = float(np.clip(1 - others.sum() / counts.sum(), 1e-9, MOST_ALIKE))
        for one in names:
            seen: NDArray[np.float64] = np.bincount(
                levels[one], weights=others, minlength=len(prior[one]) + 1
            ).astype(np.float64)[1:]
            total = seen + PRIOR_PAIRS_U * prior[one]
            us[one] = total / total.sum()
    return us


def level_counts(
    connection: duckdb.DuckDBPyConnection, comparison: Comparison, table: str
) -> NDArray[np.float64]:
    """Return how many pairs came out at each level but "unknown"."""
    counts = np.zeros(len(comparison.levels) - 1)
    for level, count in connection.execute(
        f"select g_{comparison.name}, count(*) from {table} group by all"
    ).fetchall():
        if level:
            counts[level - 1] = count
    return counts


def run_session(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    contents: str,
    key: str,
    *,
    us: Shares,
    base: LinkageModel,
) -> tuple[Shares, Shares] | None:
    """Return m and the pairs of one person behind it, from pairs that share ``key``."""
    connection.execute(
        f"""
        create or replace temp table session_keys as
        select id, {key} as block_key, count(*) over (partition by block_key) as size
        from {contents} where block_key is not null
        """
    )
    pairs = _one(
        connection,
        "select coalesce(sum(size - 1), 0) / 2 from session_keys "
        f"where size between 2 and {SESSION_BLOCK}",
    )
    if pairs < FEWEST_PAIRS:
        return None
    thin = -(-pairs // SESSION_PAIRS)
    connection.execute(
        f"""
        create or replace temp table session_pairs as
        with sampled as (
            select id, block_key from session_keys
            where size between 2 and {SESSION_BLOCK}
            and ('0x' || left(md5(block_key), 8))::ubigint % {thin} = 0
        )
        select one.id as l, other.id as r from sampled as one
        inner join sampled as other using (block_key) where one.id < other.id
        """
    )
    write_gammas(connection, comparisons, "session_pairs", contents, "session_gammas")
    columns = ", ".join(f"g_{one.name}" for one in comparisons)
    rows = connection.execute(
        f"select {columns}, count(*) from session_gammas group by all order by all"
    ).fetchnumpy()
    patterns = np.stack(
        [np.asarray(rows[f"g_{one.name}"], dtype=np.int64) for one in comparisons]
    )
    counts = np.asarray(rows["count_star()"], dtype=np.float64)
    return maximise(comparisons, patterns, counts, us, base_shares(base, 0))


def maximise(
    comparisons: Sequence[Comparison],
    patterns: NDArray[np.int64],
    counts: NDArray[np.float64],
    us: Shares,
    prior: Shares,
) -> tuple[Shares, Shares]:
    """Return m by comparison and the expected pairs of one person at each level."""
    ms = {one.name: prior[one.name].copy() for one in comparisons}
    share = 0.2
    against = log_likelihood(comparisons, patterns, us)
    matches: Shares = {}
    for _ in range(STEPS):
        odds = log_likelihood(comparisons, patterns, ms) - against
        odds += np.log(share / (1 - share))
        belief = counts / (1 + np.exp(-np.clip(odds, -60, 60)))
        share = float(np.clip(belief.sum() / counts.sum(), 0.001, 0.999))
        for number, one in enumerate(comparisons):
            seen: NDArray[np.float64] = np.bincount(
                patterns[number], weights=belief, minlength=len(one.levels)
            ).astype(np.float64)[1:]
            matches[one.name] = seen
            total = seen + PRIOR_PAIRS_M * prior[one.name]
            ms[one.name] = total / total.sum()
    return ms, matches


def log_likelihood(
    comparisons: Sequence[Comparison], patterns: NDArray[np.int64], shares: Shares
) -> NDArray[np.float64]:
    """Return the log likelihood of every pattern; an unknown level says nothing."""
    total = np.zeros(patterns.shape[1])
    for number, one in enumerate(comparisons):
        total += np.concatenate(([0.0], np.log(shares[one.name])))[patterns[number]]
    return total


def combine(
    comparisons: Sequence[Comparison], sessions: Sequence[Session], base: LinkageModel
) -> Shares:
    """Return m over all sessions, each weighing as much as it saw, none above the rest."""
    prior = base_shares(base, 0)
    found = {}
    for one in comparisons:
        total = PRIOR_PAIRS_M * prior[one.name]
        for session in sessions:
            if one.name in session.matches:
                total = total + session.matches[one.name]
        found[one.name] = total / total.sum()
    return found


def frequencies(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    contents: str,
    listed_from: int,
) -> dict[str, tuple[dict[str, float], float]]:
    """Return how frequent values are, of every field whose rarity counts."""
    fields = {
        level.frequency_of
        for one in comparisons
        for level in one.levels
        if level.frequency_of
    }
    found = {}
    for field in sorted(fields):
        total = max(1, _one(connection, f"select count({field}) from {contents}"))
        rows = connection.execute(
            f"select {field}, count(*) as n from {contents} where {field} is not null "
            f"group by all having n >= {listed_from} order by n desc, {field} "
            f"limit {LISTED}"
        ).fetchall()
        listed = {value: round(count / total, 9) for value, count in rows}
        found[field] = (listed, round(listed_from / 2 / total, 9))
    return found


def refine(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
    records: int,
    thin: int,
) -> tuple[LinkageModel, dict[str, list[float]]]:
    """Return ``model`` with m and the prior fitted to `scores`, all fields at once.

    `scores` holds one of ``thin`` pairs that no identifier ties together: what is asked by
    night. Also returns by comparison how many pairs of one person came out at each known level.
    What the sessions found holds each step, as if so many pairs of it had been seen.
    """
    names = [one.name for one in comparisons]
    columns = ", ".join(f"g_{one}" for one in names)
    total = " + ".join(f"w_{one}" for one in names)
    rows = connection.execute(
        f"select {columns}, count(*) as n, round({total}, 2) as evidence from scores "
        "where l < r group by all order by all"
    ).fetchnumpy()
    counts = np.asarray(rows["n"], dtype=np.float64)
    levels = {one: np.asarray(rows[f"g_{one}"], dtype=np.int64) for one in names}
    ms = {one: np.array([m for m, _ in model.levels[one][1:]]) for one in names}
    us = {one: np.array([u for _, u in model.levels[one][1:]]) for one in names}
    held = {one: ms[one].copy() for one in names}
    # rarity is what a pair weighs beyond its levels
    rarity = np.asarray(rows["evidence"], dtype=np.float64) - bits_of(levels, ms, us)
    pairs = max(1, records * (records - 1) // 2)
    prior = first_prior(records)
    seen: Shares = {}
    for _ in range(STEPS):
        odds = bits_of(levels, ms, us) + rarity + np.log2(prior / (1 - prior))
        belief = counts / (1 + np.exp2(-np.clip(odds, -60, 60)))
        prior = float(
            min(
                MOST_ALIKE, (thin * belief.sum() + 1) / (pairs + UNSEEN_PAIRS * records)
            )
        )
        for one in names:
            found: NDArray[np.float64] = np.bincount(
                levels[one], weights=belief, minlength=len(ms[one]) + 1
            ).astype(np.float64)[1:]
            seen[one] = found
            share = found + PRIOR_PAIRS_M * held[one]
            ms[one] = share / share.sum()
    fitted = {
        one: [
            (1.0, 1.0),
            *(
                (round(float(max(m, LEAST)), 9), u)
                for m, (_, u) in zip(ms[one], model.levels[one][1:], strict=True)
            ),
        ]
        for one in names
    }
    counted = {one: [round(float(n), 6) for n in seen[one]] for one in names}
    return replace(model, levels=fitted, prior=round(prior, 12)), counted


def first_prior(records: int) -> float:
    """Return how likely two of so many records are one person's before anything is known."""
    return min(MOST_ALIKE, 0.1 / max(2, records))


def bits_of(
    levels: Mapping[str, NDArray[np.int64]], ms: Shares, us: Shares
) -> NDArray[np.float64]:
    """Return what every pattern of levels weighs, in bits."""
    total: NDArray[np.float64] = np.zeros(len(next(iter(levels.values()))))
    for one, numbers in levels.items():
        total += np.concatenate(([0.0], np.log2(ms[one] / us[one])))[numbers]
    return total
