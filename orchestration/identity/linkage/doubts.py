"""Which parts cannot be one person, whatever two of their records share.

A pair of parts is found by the two records that are most alike. The others of the two are
looked at, too: one pair whose first names or birth dates contradict each other is enough.
"""

from collections.abc import Sequence

import duckdb

from orchestration.identity.linkage.comparisons import Comparison
from orchestration.identity.linkage.contradictions import contradictions
from orchestration.identity.linkage.scoring import write_gammas

READ = ("first_name", "birth_date", "email", "phone")


def contradict(
    connection: duckdb.DuckDBPyConnection,
    comparisons: Sequence[Comparison],
    contradicting: Sequence[str],
    only: str = "true",
) -> None:
    """Mark `component_pairs` of which any two records contradict each other.

    ``only`` is SQL for which pairs are looked at, over both ids of parts.
    """
    read = [one for one in comparisons if one.name in READ]
    connection.execute(
        f"""
        create or replace temp table crossed as
        with parts as (select distinct component_id, id from members)
        select
            pairs.left_component_id, pairs.right_component_id,
            least(one.id, other.id) as l, greatest(one.id, other.id) as r
        from component_pairs as pairs
        inner join parts as one on one.component_id = pairs.left_component_id
        inner join parts as other on other.component_id = pairs.right_component_id
        where not pairs.is_contradicted and one.id <> other.id
        and (least(one.id, other.id), greatest(one.id, other.id)) <> (pairs.l, pairs.r)
        and {only}
        """
    )
    write_gammas(connection, read, "crossed", "contents", "cross_gammas")
    against = contradictions(read)
    said = " or ".join(f"({against[name]})" for name in contradicting) or "false"
    connection.execute(
        f"""
        update component_pairs set is_contradicted = true
        where (left_component_id, right_component_id) in (
            select (left_component_id, right_component_id) from cross_gammas where {said}
        )
        """
    )
