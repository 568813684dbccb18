"""Every condition of a left join speaks of the relation that it joins.

DuckDB 1.5 makes a nested loop of `left join b on b.id = a.id and a.kind = 'x'`: every row of
a against every row of b, minutes where the hash join takes a second. What speaks of the
left side alone belongs in a `case` around the key, or in front of the join.
"""

import pytest
import sqlglot
from sqlglot import exp

from tests.conventions.portable_sql import without_comments, without_engine_output


def one_sided(compiled: str) -> list[str]:
    """Return the conditions of left joins that say nothing of what is joined."""
    sql = without_engine_output(without_comments(compiled))
    found = []
    for statement in sqlglot.parse(sql, read="duckdb"):
        for join in statement.find_all(exp.Join) if statement else []:
            condition = join.args.get("on")
            if join.side == "LEFT" and condition is not None:
                both = isinstance(condition, exp.And)
                found += [
                    one.sql("duckdb")
                    for one in (condition.flatten() if both else [condition])
                    if not speaks_of(one, join.alias_or_name)
                ]
    return found


def speaks_of(condition: exp.Expression, relation: str) -> bool:
    """Tell whether a column of ``relation``, one without a relation, or none stands in it."""
    tables = {column.table for column in condition.find_all(exp.Column)}
    return not tables or bool(tables & {relation, ""})


def test_no_left_join_has_a_condition_on_its_left_side_alone(
    compiled_sql: dict[str, str],
) -> None:
    found = {
        name: conditions
        for name, sql in compiled_sql.items()
        if (conditions := one_sided(sql))
    }

    assert not found, f"These make a nested loop of a left join: {found}"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("b.id = a.id and a.kind = 'x'", ["a.kind = 'x'"]),
        ("a.kind = 'x' and a.id = b.id and a.on_sale", ["a.kind = 'x'", "a.on_sale"]),
        ("b.id = a.id and b.kind = 'x'", []),
        ("b.id = case when a.kind = 'x' then a.id end", []),
        ("b.id = a.id", []),
        ("true", []),
        ("a.kind = 'x'", ["a.kind = 'x'"]),
    ],
)
def test_what_speaks_of_the_left_side_alone_is_found(
    condition: str, found: list[str]
) -> None:
    assert one_sided(f"select 1 from a left join b on {condition}") == found
    assert one_sided(f"select 1 from a inner join b on {condition}") == []
