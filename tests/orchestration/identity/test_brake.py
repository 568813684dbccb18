"""What would tie too much together stays as it was the night before, and the run says so."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from orchestration.identity.night_steps import held_people
from tests.orchestration.identity.small_people import (
    FIRST,
    RULES,
    Decision,
    House,
    Probable,
    Record,
)

HUB = "email:office@x.example"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def person(number: int, *identifiers: str, worth: int = 0) -> list[Record]:
    """Return a contact with an address of its own, and an order of theirs."""
    mail = f"email:{number}@x.example"
    own = (f"crm:hubspot/{number}", mail, *identifiers)
    return [
        Record(f"hubspot/{number}", own),
        Record(f"shopify/order/{number}", (mail,), worth=worth),
    ]


def people(count: int, *identifiers: str) -> list[Record]:
    return [record for at in range(count) for record in person(at, *identifiers)]


def test_a_value_planted_on_5000_people_moves_nobody_and_the_run_says_so(
    house: House,
) -> None:
    house.night(0, people(5000))
    before = house.ids
    settled = house.night(1, people(5000, HUB))

    assert {one: house.ids[one] for one in before} == before
    assert house.events("merged") == []
    (frozen,) = settled.frozen
    assert (frozen.limit_name, frozen.size) == ("crm_per_person", 5000)
    (held,) = held_people(settled)
    assert (held.kind, held.name) == ("people", "crm_per_person")
    assert "5000" in held.reason and "@" not in held.reason
    assert len(house.rows("from people.frozen")) == 5001
    assert len(house.events("frozen")) == 5000
    assert not house.rows("from people.possible_matches"), "it says nothing about two"


def test_newcomers_to_a_large_cluster_keep_to_themselves_and_others_go_on(
    house: House,
) -> None:
    house.night(0, [*people(30), *person(100), *person(101)])
    before = house.ids
    bridge = Record("shopify/order/9", ("email:100@x.example", "email:101@x.example"))
    house.night(1, [*people(40, HUB), *person(100), *person(101), bridge])

    assert house.ids["email:100@x.example"] == house.ids["email:101@x.example"]
    contacts = [house.ids[f"crm:hubspot/{at}"] for at in range(40)]
    assert contacts[:30] == [before[f"crm:hubspot/{at}"] for at in range(30)]
    assert len(set(contacts)) == 40
    assert house.ids[HUB] not in contacts, "the shared value is nobody's"

    told, after = house.events("frozen"), house.ids
    settled = house.night(2, [*people(40, HUB), *person(100), *person(101), bridge])
    assert settled.frozen and house.ids == after
    assert [event for event in house.events("frozen") if event in told] == told
    assert house.events("split") == []


def test_on_the_first_night_a_large_cluster_falls_apart_without_its_hub(
    house: House,
) -> None:
    settled = house.night(0, people(60, HUB))

    assert [one.limit_name for one in settled.frozen] == ["crm_per_person"]
    assert len({house.ids[f"crm:hubspot/{at}"] for at in range(60)}) == 60
    for at in range(60):
        assert house.ids[f"crm:hubspot/{at}"] == house.ids[f"email:{at}@x.example"]


def bridges(count: int) -> list[Record]:
    """Return orders that tie person 0 to 1, person 2 to 3, and so on."""
    return [
        Record(
            f"shopify/order/b{at}",
            (f"email:{2 * at}@x.example", f"email:{2 * at + 1}@x.example"),
        )
        for at in range(count)
    ]


@pytest.mark.parametrize(
    ("merges", "is_frozen"), [(20, False), (21, True)], ids=["floor", "above the floor"]
)
def test_a_night_that_would_merge_too_many_people_merges_nobody(
    house: House, merges: int, is_frozen: bool
) -> None:
    house.night(0, people(100))
    before = house.ids
    newcomer = Record("hubspot/900", ("crm:hubspot/900", "email:99@x.example"))
    settled = house.night(1, [*people(100), *bridges(merges), newcomer])

    assert bool(settled.frozen) is is_frozen
    assert house.ids["crm:hubspot/900"] == before["crm:hubspot/99"], "the rest goes on"
    if is_frozen:
        assert {one: house.ids[one] for one in before} == before
        matches = house.rows(
            "select match_probability, why from people.possible_matches"
        )
        assert matches == [(1.0, "people_per_night")] * merges
        (held,) = held_people(settled)
        assert "people_per_night" in held.reason
    else:
        assert len(house.events("merged")) == merges


def test_the_share_counts_where_it_is_larger_than_the_floor(house: House) -> None:
    house.rules = replace(
        RULES, brake=replace(RULES.brake, people_share=Fraction("0.3"))
    )
    house.night(0, people(100))

    assert not house.night(1, [*people(100), *bridges(30)]).frozen
    assert len(house.events("merged")) == 30


def test_a_night_that_would_move_too_much_revenue_merges_nobody(house: House) -> None:
    rich = [
        record
        for at in range(100)
        for record in person(at, worth=100 if at < 13 else 1)
    ]
    house.night(0, rich)

    assert not house.night(1, [*rich, *bridges(5)]).frozen, "too few people to tell"
    house.written.pop()
    settled = house.night(1, [*rich, *bridges(6)])
    assert {one.limit_name for one in settled.frozen} == {"revenue_per_night"}
    assert not house.events("merged")


def test_what_people_decided_is_not_frozen(house: House) -> None:
    house.night(0, people(100))
    decided = [
        Decision(
            FIRST + timedelta(days=1),
            "same",
            f"crm:hubspot/{2 * at}",
            f"crm:hubspot/{2 * at + 1}",
        )
        for at in range(25)
    ]
    settled = house.night(1, people(100), decided)

    assert not settled.frozen
    assert len(house.events("merged")) == 25


def test_who_goes_back_to_where_they_came_from_is_not_held_up(house: House) -> None:
    tied = [*people(60), *bridges(30)]
    house.night(0, tied)
    before = house.ids
    house.night(1, people(60))
    assert len(set(house.ids.values())) == 60
    settled = house.night(2, tied)

    assert not settled.frozen
    assert house.ids == before


def test_a_shared_value_that_ties_nobody_is_told_once(house: House) -> None:
    records = people(3, HUB)
    first = house.night(0, records, untrusted=[(HUB, 99)])
    second = house.night(1, records, untrusted=[(HUB, 100)])
    third = house.night(2, records, untrusted=[(HUB, 101)])

    assert (first.hubs, third.hubs) == ((), ())
    assert second.hubs == (house.ids[HUB],)
    (held,) = held_people(second)
    assert held.name == "shared_values" and "office" not in held.reason


def test_a_probable_link_never_breaks_a_limit_and_is_a_possible_match_instead(
    house: House,
) -> None:
    many = [
        Record(f"hubspot/{at}", (f"crm:hubspot/{at}", "email:a@x.example"))
        for at in range(20)
    ]
    other = Record("hubspot/99", ("crm:hubspot/99", "email:b@x.example"))
    settled = house.night(
        0, [*many, other], links=[Probable("crm:hubspot/0", "crm:hubspot/99")]
    )

    assert settled.not_joined == 1 and not settled.frozen
    assert house.ids["crm:hubspot/99"] != house.ids["crm:hubspot/0"]
    assert [row[3] for row in house.rows("from people.possible_matches")] == ["crm"]


def test_a_source_without_duplicates_has_one_record_a_person_the_likeliest(
    house: House,
) -> None:
    house.rules = replace(RULES, single_sources=("shopify",))
    records = [
        Record("hubspot/1", ("crm:hubspot/1",)),
        Record("shopify/1", ("customer:shopify/1",)),
        Record("shopify/2", ("customer:shopify/2",)),
    ]
    links = [
        Probable("crm:hubspot/1", "customer:shopify/1", 0.97),
        Probable("crm:hubspot/1", "customer:shopify/2", 0.99),
    ]
    house.night(0, records, links=links)

    assert house.ids["crm:hubspot/1"] == house.ids["customer:shopify/2"]
    assert house.ids["crm:hubspot/1"] != house.ids["customer:shopify/1"]
    ((_, _, probability, why),) = house.rows("from people.possible_matches")
    assert (probability, why) == (0.97, "customer:shopify")


def test_a_clerical_pair_is_listed_and_not_merged(house: House) -> None:
    records = [*person(1), *person(2)]
    house.night(
        0,
        records,
        links=[Probable("crm:hubspot/1", "email:2@x.example", 0.8, "clerical")],
    )

    one, other = sorted(set(house.ids.values()))
    assert house.rows("from people.possible_matches") == [(one, other, 0.8, "clerical")]


@pytest.mark.parametrize("apart", [(1, 3), (2, 3)])
def test_a_pair_that_is_not_the_same_is_not_tied_by_a_third(
    house: House, apart: tuple[int, int]
) -> None:
    records = [*person(1), *person(2), *person(3)]
    pair = [f"crm:hubspot/{number}" for number in apart]
    third = 3 - apart[0]
    links = [
        Probable("crm:hubspot/1", "crm:hubspot/2", 0.99),
        Probable(f"crm:hubspot/{third}", "crm:hubspot/3", 0.98),
    ]
    house.night(0, records, [Decision(FIRST, "not_the_same", *pair)], links)

    assert house.ids["crm:hubspot/1"] == house.ids["crm:hubspot/2"]
    assert house.ids["crm:hubspot/3"] != house.ids["crm:hubspot/1"]
