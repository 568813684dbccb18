"""The night's linkage: same bytes however it comes about, and nobody's value in its words."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from orchestration.identity.linkage.comparisons import COMPARISONS
from orchestration.identity.linkage.linkage import link_records
from orchestration.identity.linkage.linkage_model import (
    ModelDamagedError,
    base_model,
    read_model,
)

COLUMNS = (
    "record_id", "source", "component_id", "first_name", "last_name", "full_name",
    "email", "phone", "birth_date", "birth_date_text", "street", "city", "region", "postal_code", "gender",
    "is_own_account",
)  # fmt: skip
FIRST = ("Ana", "Ben", "Cem", "Dora", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jonas")
LAST = ("Smith", "Jones", "Miller", "Brown", "Yilmaz", "Novak", "Garcia", "Rossi")
TOWNS = ("London", "Leeds", "Bristol", "York")
Row = tuple[str | None, ...]


def person(number: int, *, seed: int = 7) -> dict[str, str | None]:
    dice = random.Random(seed * 100_000 + number)
    first, last = dice.choice(FIRST), dice.choice(LAST)
    return {
        "record_id": f"crm/{number}",
        "source": "crm",
        "component_id": f"crm:crm/{number}",
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}{number}@example.com".lower(),
        "phone": f"+4477009{number:05d}",
        "birth_date": f"{dice.randint(1950, 2000)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}",
        "city": dice.choice(TOWNS),
        "postal_code": f"AB{number % 40} {number % 9}CD",
        "gender": dice.choice(("f", "m")),
    }


def again(number: int, **changes: str | None) -> dict[str, str | None]:
    """The same person a second time, known by nothing that the first record has."""
    other = {"record_id": f"shop/{number}", "source": "shop"}
    other |= {"component_id": f"shop:shop/{number}"}
    return {**person(number), "email": None, "phone": None, **other, **changes}


def people(count: int) -> list[Row]:
    rows = [person(number) for number in range(count)]
    for number in range(0, count, 5):
        name = str(person(number)["last_name"])
        rows.append(again(number, last_name=name[:-1] + "x"))
    return as_rows(rows)


def as_rows(rows: Sequence[dict[str, str | None]]) -> list[Row]:
    return [tuple(row.get(column) for column in COLUMNS) for row in rows]


def linked(
    rows: Sequence[Row],
    *,
    threads: int = 2,
    kept: Path | None = None,
    deduplicated: Sequence[str] = (),
) -> list[tuple[object, ...]]:
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute("create schema intermediate")
        columns = ", ".join(f"{column} varchar" for column in COLUMNS)
        connection.execute(
            f"create table intermediate.int_identity_records ({columns})"
        )
        marks = ", ".join("?" for _ in COLUMNS)
        connection.executemany(
            f"insert into intermediate.int_identity_records values ({marks})", rows
        )
        link_records(connection, base_model(), deduplicated, kept)
        links = connection.execute("from linked.probable_links").fetchall()
        return [*links, *connection.execute("from linked.linkage_runs").fetchall()]


def bands(links: Sequence[tuple[object, ...]]) -> dict[tuple[object, object], object]:
    return {(link[0], link[1]): link[6] for link in links[:-1]}


def test_rows_in_another_order_and_one_thread_link_the_same() -> None:
    rows = people(300)
    shuffled = random.Random(1).sample(rows, len(rows))

    first = linked(rows)
    assert len(first) > 30
    assert linked(shuffled, threads=1) == first


def test_what_changed_against_all_is_the_same_as_all(tmp_path: Path) -> None:
    rows = people(300)
    # a town grows so that one of its blocks becomes too large, and shrinks again
    crowd = as_rows([again(number, last_name="Novak") for number in range(301, 380)])
    nights = [rows[:250], rows[:300] + crowd, rows[20:] + crowd[:40], rows]
    for night in nights:
        assert linked(night, kept=tmp_path) == linked(night)

    assert len(list(tmp_path.glob("linkage-*.duckdb"))) == 1


def test_unchanged_records_are_not_compared_again(tmp_path: Path) -> None:
    rows = people(100)
    with duckdb.connect() as connection:
        connection.execute("create schema intermediate")
        columns = ", ".join(f"{column} varchar" for column in COLUMNS)
        connection.execute(
            f"create table intermediate.int_identity_records ({columns})"
        )
        marks = ", ".join("?" for _ in COLUMNS)
        connection.executemany(
            f"insert into intermediate.int_identity_records values ({marks})", rows
        )
        first = link_records(connection, base_model(), kept=tmp_path)
        second = link_records(connection, base_model(), kept=tmp_path)

    assert first.compared_anew > 100
    assert second.compared_anew == 0
    assert (second.certain, second.clerical) == (first.certain, first.clerical)


def test_a_twin_is_no_question_and_a_misspelt_name_is_linked() -> None:
    rows = [
        person(1),
        again(
            1,
            last_name="Smithe"
            if person(1)["last_name"] == "Smith"
            else f"{person(1)['last_name']}e",
        ),
    ]
    twin = again(1, record_id="shop/2", component_id="shop:shop/2", first_name="Zoltan")
    found = bands(linked(as_rows([*rows, twin])))

    assert found[("crm:crm/1", "shop:shop/1")] == "certain"
    assert ("crm:crm/1", "shop:shop/2") not in found


def test_another_record_of_a_part_may_contradict_though_nothing_else_is_shared() -> (
    None
):
    part = str(person(1)["component_id"])
    another = {**person(77), "record_id": "crm/77", "component_id": part}
    found = bands(linked(as_rows([person(1), again(1)])))
    doubted = bands(linked(as_rows([person(1), again(1), another])))

    assert found[(part, "shop:shop/1")] == "certain"
    assert doubted[(part, "shop:shop/1")] == "clerical"


def test_two_records_of_a_source_without_duplicates_are_not_linked() -> None:
    rows = [
        person(1),
        again(1),
        again(1, record_id="shop/2", component_id="shop:shop/2", city=None),
    ]
    free = bands(linked(as_rows(rows)))
    held = bands(linked(as_rows(rows), deduplicated=["shop"]))

    assert list(free.values()).count("certain") == 3
    assert list(held.values()).count("certain") == 1
    assert held[("crm:crm/1", "shop:shop/1")] == "certain"


def test_the_evidence_names_no_value() -> None:
    links = linked(people(100))
    told = " ".join(str(link[7]) for link in links[:-1])

    assert "birth_date same +" in told
    assert not [
        name
        for name in (*FIRST, *LAST, *TOWNS)
        if name.lower() in told.lower().replace("+", " ").split()
    ]


def test_the_base_model_is_whole() -> None:
    model = base_model()

    assert set(model.levels) == {one.name for one in COMPARISONS}
    for levels in model.levels.values():
        assert all(0 < m <= 1 and 0 < u <= 1 for m, u in levels)
        assert sum(u for _, u in levels[1:]) < 1.2
    assert read_model(json.dumps(model.plain())).model_id == model.model_id


def test_a_model_of_other_comparisons_is_refused() -> None:
    plain = base_model().plain()
    plain["levels"]["email"][0]["level"] = "something else"

    with pytest.raises(ModelDamagedError, match="compares email in other steps"):
        read_model(json.dumps(plain))
