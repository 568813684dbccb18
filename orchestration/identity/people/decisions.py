"""What people decided by hand: these two are the same, those two are not.

`seeds/reference/identity_decisions.csv` is the record. A decision counts from its
`valid_from` on, so that past nights stay what they were; of several on one pair the newest
counts.
"""

from dataclasses import dataclass
from datetime import date

import duckdb

SAME = "same"
NOT_THE_SAME = "not_the_same"


@dataclass(frozen=True)
class Decisions:
    """The pairs of identifiers that are the same person, and those that are not."""

    same: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()


def read_decisions(connection: duckdb.DuckDBPyConnection, night: date) -> Decisions:
    """Return the decisions that count on ``night``, each pair sorted, all sorted."""
    rows = connection.execute(NEWEST, [night]).fetchall()
    return Decisions(
        tuple((one, other) for one, other, decision in rows if decision == SAME),
        tuple(
            (one, other) for one, other, decision in rows if decision == NOT_THE_SAME
        ),
    )


NEWEST = """
select
    least(left_identifier, right_identifier) as one,
    greatest(left_identifier, right_identifier) as other,
    max_by(decision, concat(cast(valid_from as varchar), decision)) as decision
from reference.identity_decisions
where cast(valid_from as date) <= ? and left_identifier <> right_identifier
group by all
order by all
"""
