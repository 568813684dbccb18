"""How much two records speak for being one person: Fellegi and Sunter's weights.

The weight of a pair is log2(l / (1 - l)) + sum of log2(m / u) over its levels, as in
Splink, with Splink's adjustment for how rare an agreeing value is:
share * log2(u of "same" / the more frequent value's frequency).
"""

import math
from collections.abc import Sequence

import duckdb

from orchestration.identity.comparisons import Comparison
from orchestration.identity.models import LinkageModel


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
    keep: Sequence[str] = (),
) -> None:
    """Write temp table ``into``: (l, r, g_<comparison>...) of every pair of ``pairs``.

    ``keep`` names fields of which both sides' values are written, too.
    """
    fields = sorted(fields_of(comparisons) | set(keep))
    sides = ", ".join(
        f"{side}.{field} as {field}_{name}"
        for field in fields
        for side, name in (("one", "l"), ("other", "r"))
    )
    levels = ", ".join(f"{gamma(one)} as g_{one.name}" for one in comparisons)
    kept = "".join(f", {field}_l, {field}_r" for field in keep)
    connection.execute(
        f"""
        create or replace temp table {into} as
        with sides as (
            select pairs.l, pairs.r, {sides}
            from {pairs} as pairs
            inner join {contents} as one on one.id = pairs.l
            inner join {contents} as other on other.id = pairs.r
        )
        select l, r{kept}, {levels} from sides
        """
    )


def fields_of(comparisons: Sequence[Comparison]) -> set[str]:
    """Return the fields that the levels of ``comparisons`` read."""
    from orchestration.identity.features import FIELDS

    text = " ".join(level.condition for one in comparisons for level in one.levels)
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
