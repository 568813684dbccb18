"""How much two records speak for being one person: Fellegi and Sunter's weights.

The weight of a pair is log2(l / (1 - l)) + sum of log2(m / u) over its levels, as in
Splink, with Splink's adjustment for how rare an agreeing value is:
share * log2(u of "same" / the more frequent value's frequency).
"""

import math
import re
from collections.abc import Sequence

import duckdb

from orchestration.identity.linkage.comparisons import Comparison
from orchestration.identity.linkage.features import FIELDS
from orchestration.identity.linkage.linkage_model import LinkageModel

# Counting typos costs ten times any other test; it is asked for only where it may matter.
_TYPOS = re.compile(
    r"damerau_levenshtein\(\w+, \w+\)\s*<= "
    r"(?:\d+|case when length\(\w+\) > \d+ then \d+ else \d+ end)"
)
ROUNDING = 0.001
_SIDE = f"^({'|'.join(FIELDS)})_[lr]$|^likeness_"


def gamma(comparison: Comparison) -> str:
    """Return SQL for the number of the level that holds; 0 is unknown."""
    arms = " ".join(
        f"when {level.condition} then {number}"
        for number, level in enumerate(comparison.levels[:-1])
    )
    return f"case {arms} else {len(comparison.levels) - 1} end"


def write_gammas(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    pairs: str,
    contents: str,
    into: str,
    *,
    also: Sequence[str] = (),
    where: str = "true",
) -> None:
    """Write temp table ``into``: (l, r, g_<comparison>...) of every pair of ``pairs``.

    Other columns of ``pairs`` are kept; ``also`` are further columns over both sides'
    fields, ``where`` says by them which pairs are written.
    """
    fields = sorted(fields_of(comparisons, also))
    sides = "".join(
        f", {side}.{field} as {field}_{name}"
        for field in fields
        for side, name in (("one", "l"), ("other", "r"))
    )
    listed = [f"{gamma(one)} as g_{one.name}" for one in comparisons] + list(also)
    levels = ", ".join(listed)
    # a likeness that several levels ask for is worked out once
    likenesses = ""
    for field in fields:
        call = f"jaro_winkler_similarity({field}_l, {field}_r)"
        if levels.count(call) > 1:
            levels = levels.replace(call, f"likeness_{field}")
            likenesses += (
                f", case when {field}_l = {field}_r then 1.0 else {call} end"
                f" as likeness_{field}"
            )
    connection.execute(
        f"""
        create or replace temp table {into} as
        with sides as (
            select pairs.*{sides}
            from {pairs} as pairs
            inner join {contents} as one on one.id = pairs.l
            inner join {contents} as other on other.id = pairs.r
        ),
        likened as (select *{likenesses} from sides),
        levelled as (
            select columns(lambda c: not regexp_matches(c, '{_SIDE}')), {levels} from likened
        )
        from levelled where {where}
        """
    )


def write_likely_gammas(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    comparisons: Sequence[Comparison],
    pairs: str,
    contents: str,
    *,
    into: str,
    least: float,
) -> None:
    """Write ``into`` as `write_gammas`, without pairs that cannot reach ``least`` bits.

    First each pair is given the most that it may weigh, as far as cheap tests can say.
    """
    hope = " + ".join(["0.0", *(hope_sql(model, one) for one in comparisons)])
    write_gammas(
        connection,
        [],
        pairs,
        contents,
        "hopeful",
        also=[f"({hope})::double as hope"],
        where=f"hope >= {least - ROUNDING}",
    )
    reached = " + ".join(["0.0", *(most_sql(model, one) for one in comparisons)])
    write_gammas(
        connection,
        comparisons,
        "hopeful",
        contents,
        into,
        where=f"({reached})::double >= {least - ROUNDING}",
    )
    connection.execute("drop table hopeful")


def most(model: LinkageModel, comparison: Comparison) -> list[float]:
    """Return the most that each level can weigh, the agreeing value being the rarest."""
    u_same = model.levels[comparison.name][1][1]
    found = []
    for level, weight in zip(
        comparison.levels, weights(model, comparison), strict=True
    ):
        rarest = 0.0
        if level.frequency_of and level.frequency_of in model.frequencies:
            values, rare = model.frequencies[level.frequency_of]
            rarest = level.share * math.log2(u_same / min((rare, *values.values())))
        found.append(round(weight + max(0.0, rarest), 6))
    return found


def most_sql(model: LinkageModel, comparison: Comparison) -> str:
    """Return SQL for the most that the comparison's level can weigh."""
    arms = " ".join(
        f"when {number} then {weight}"
        for number, weight in enumerate(most(model, comparison))
    )
    return f"case g_{comparison.name} {arms} end"


def hope_sql(model: LinkageModel, comparison: Comparison) -> str:
    """Return SQL over both sides for the most that a comparison can weigh.

    Where a level counts typos, the test before the count is asked; a pair that passes it
    may have this level or any one after.
    """
    weighs = most(model, comparison)
    arms = []
    for number, level in enumerate(comparison.levels[:-1]):
        cheap = _TYPOS.sub("true", level.condition)
        if "damerau" in cheap:
            cheap = "true"
        best = weighs[number] if cheap == level.condition else max(weighs[number:])
        arms.append(f"when {cheap} then {best}")
    return f"(case {' '.join(arms)} else {weighs[-1]} end)"


def fields_of(comparisons: Sequence[Comparison], also: Sequence[str] = ()) -> set[str]:
    """Return the fields that the levels of ``comparisons``, and ``also``, read."""
    parts = [level.condition for one in comparisons for level in one.levels]
    text = " ".join((*parts, *also))
    return {field for field in FIELDS if f"{field}_l" in text}


def weights(model: LinkageModel, comparison: Comparison) -> list[float]:
    """Return the weight of each level of ``comparison``, in bits."""
    found = [0.0]
    for m, u in model.levels[comparison.name][1:]:
        found.append(round(math.log2(m / u), 6))
    return found


def weight_sql(model: LinkageModel, comparison: Comparison) -> str:
    """Return SQL for the weight of the comparison's level, rarity left out."""
    arms = " ".join(
        f"when {number} then {weight}"
        for number, weight in enumerate(weights(model, comparison))
        if number
    )
    return f"case g_{comparison.name} {arms} else 0.0 end"


def rarity_sql(model: LinkageModel, comparison: Comparison) -> str:
    """Return SQL for what the rarity of the agreeing value adds, in bits."""
    u_same = model.levels[comparison.name][1][1]
    arms = []
    for number, level in enumerate(comparison.levels):
        field = level.frequency_of
        if field in model.frequencies:
            common = f"greatest(tf_{field}_l, tf_{field}_r)"
            arms.append(
                f"when {number} then {level.share} * log2({u_same!r} / {common})"
            )
    return f"case g_{comparison.name} {' '.join(arms)} else 0.0 end" if arms else "0.0"
