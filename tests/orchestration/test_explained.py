"""A segment's query, condition by condition, is the segment: nothing is left unsaid."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.looking.explained import parts_of
from orchestration.segments.sandbox import syntax_tree

QUERIES = {
    "rows that differ": "select id as profile_id from visits where page = 'a' and n > 1",
    "groups": (
        "select profile_id from people where n > 0 group by profile_id "
        "having count(*) >= 2 and max(n) < 9"
    ),
    "a CTE": (
        "with rich as (select profile_id from people group by all having sum(n) > 4) "
        "select profile_id from rich inner join names using (profile_id) where name <> 'Bo'"
    ),
    "either": (
        "select profile_id from people where n = 9 union "
        "select profile_id from names where name = 'Bo'"
    ),
    "or": "select distinct profile_id from people where n = 9 or (n = 1 and true)",
    "not exists": (
        "select profile_id from names where not exists "
        "(select 1 from people where people.profile_id = names.profile_id)"
    ),
    "a left join": (
        "select names.profile_id from names left join people "
        "on people.profile_id = names.profile_id where people.n is null"
    ),
    "nobody": "select profile_id from names where false",
}


@pytest.fixture(scope="module")
def night() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "create table people as from (values ('ana', 1), ('ana', 2), ('ben', 9), "
            "('cyd', 0), ('cyd', 5), ('it''s', 3), ('it''s', 3)) as t(profile_id, n)"
        )
        connection.execute(
            "create table names as from (values ('ana', 'Ana'), ('ben', 'Bo'), "
            "('dee', null), ('it''s', 'It')) as t(profile_id, name)"
        )
        connection.execute(
            "create table visits as from (values ('ana', 'a', 1), ('ana', 'b', 2), "
            "('ben', 'a', 2)) as t(id, page, n)"
        )
        yield connection


@pytest.mark.parametrize("kind", QUERIES)
@pytest.mark.parametrize("person", ["ana", "ben", "cyd", "dee", "it's", "nobody"])
def test_all_conditions_together_are_the_segment(
    night: duckdb.DuckDBPyConnection, kind: str, person: str
) -> None:
    query = QUERIES[kind]
    parts = [
        part
        for part in parts_of(night, syntax_tree(query)["node"], person)
        if part.name == "the segment"
    ]
    members = {one for (one,) in night.execute(query).fetchall()}

    assert any(part.holds for part in parts) == (person in members)


def test_each_condition_is_said_with_what_the_person_has(
    night: duckdb.DuckDBPyConnection,
) -> None:
    query = QUERIES["rows that differ"]
    (part,) = parts_of(night, syntax_tree(query)["node"], "ana")

    assert [
        (one.text, one.alone, one.so_far, one.found) for one in part.conditions
    ] == [
        ("has rows in visits", True, True, "2 of them"),
        ("page = 'a'", True, True, "page: a, b"),
        # by another row than the one before
        ("n > 1", True, False, "n: 1, 2"),
    ]


def test_a_cte_is_said_before_the_segment(night: duckdb.DuckDBPyConnection) -> None:
    first, last = parts_of(night, syntax_tree(QUERIES["a CTE"])["node"], "ana")

    assert (first.name, first.holds) == ("rich", False)
    assert first.conditions[-1].found == "sum(n): 3"
    assert last.conditions[0].so_far is False
