"""Which records are compared at all."""

import duckdb

from orchestration.identity.linkage.blocking import (
    FEWEST,
    FILLING,
    RULES,
    rules_for,
    write_blocks,
    write_keys,
    write_pairs,
)
from orchestration.identity.linkage.features import FIELDS

ALL = ("first_name", "last_name", "birth_date", "email", "postal_code", "city", "phone")


def pairs_of(*people: dict[str, str]) -> list[tuple[int, int]]:
    """Return the pairs of records that are compared."""
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} varchar" for name in FIELDS)
        connection.execute(f"create table said (id integer, {columns})")
        for number, person in enumerate(people):
            row = [number, *(person.get(name) for name in FIELDS)]
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into said values ({marks})", row)
        rules = rules_for(ALL, len(people))
        write_keys(connection, rules, "said")
        write_blocks(connection, rules)
        write_pairs(connection)
        return connection.execute("from pairs order by all").fetchall()


def test_who_misses_a_name_is_compared_with_who_misses_it_too() -> None:
    """Nothing but the year of birth is the same, and a name that neither has."""
    ana = {"first_name": "ana", "name_root": "ana", "birth_date": "19800102"}
    ben = {"first_name": "ben", "name_root": "ben", "birth_date": "19801231"}
    named = {**ben, "last_name": "smith"}

    assert pairs_of(ana, ben) == [(0, 1)]
    assert pairs_of(ana, named) == []


def test_names_that_sound_alike_in_either_column_are_compared() -> None:
    one = {"first_name": "philip", "name_root": "philip", "last_name": "meyer"}
    other = {"first_name": "meier", "name_root": "meier", "last_name": "filip"}

    assert pairs_of(one, other) == [(0, 1)]
    assert len(RULES) == len({rule.name for rule in RULES})


def test_pairs_grow_no_faster_than_records() -> None:
    """A rule of names that are only alike has its blocks full at 300,000 records."""
    small, large = (
        {rule.name: rule.cap for rule in rules_for(ALL, records)}
        for records in (300_000, 300_001)
    )

    assert set(small) == set(large) > FILLING
    assert {name for name in small if large[name] < small[name]} == FILLING
    assert all(large[name] == FEWEST for name in FILLING)
