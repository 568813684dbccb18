"""A person keeps their id: through nights, rebuilds, order, threads, merges and splits."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.orchestration.identity.small_people import (
    FIRST,
    Decision,
    House,
    Probable,
    Record,
)


def contact(number: int, *identifiers: str, day: int = 0) -> Record:
    known = FIRST + timedelta(days=day)
    return Record(f"hubspot/{number}", (f"crm:hubspot/{number}", *identifiers), known)


def order(number: int, *identifiers: str, day: int = 0, worth: int = 0) -> Record:
    known = FIRST + timedelta(days=day)
    return Record(f"shopify/order/{number}", identifiers, known, worth)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


ANA = contact(1, "email:ana@x.example")
ANNA = contact(2, "email:anna@x.example", day=1)
BRIDGE = order(1, "email:ana@x.example", "email:anna@x.example", day=2)


def test_the_oldest_id_wins_a_merge_and_the_other_resolves_to_it(house: House) -> None:
    house.night(0, [ANA])
    house.night(1, [ANA, ANNA])
    ana, anna = house.ids["crm:hubspot/1"], house.ids["crm:hubspot/2"]
    assert ana != anna

    house.night(2, [ANA, ANNA, BRIDGE])

    assert set(house.ids.values()) == {ana}
    assert house.rows("from people.aliases") == [(anna, ana)]
    assert house.events("merged") == [(2, anna, ana, "shared_identifier")]
    assert [event[:2] for event in house.events("born")] == [(0, ana), (1, anna)]


def test_what_parts_again_gets_its_old_id_back(house: House) -> None:
    house.night(0, [ANA])
    house.night(1, [ANA, ANNA])
    before = house.ids
    house.night(2, [ANA, ANNA, BRIDGE])
    house.night(3, [ANA, ANNA])

    assert house.ids == before
    assert not house.rows("from people.aliases")
    ana, anna = before["crm:hubspot/1"], before["crm:hubspot/2"]
    assert house.events("split") == [(3, anna, ana, "no_link_left")]
    matches = house.rows("from people.possible_matches")
    assert matches == [(*sorted((ana, anna)), 0.5, "were_one_person")]
    assert house.events("merged") == [(2, anna, ana, "shared_identifier")]


def test_a_part_that_never_was_somebody_of_its_own_gets_a_new_id(house: House) -> None:
    house.night(0, [ANA, ANNA, BRIDGE])
    (person,) = set(house.ids.values())
    house.night(1, [ANA, ANNA])

    assert house.ids["crm:hubspot/1"] == person
    assert house.ids["crm:hubspot/2"] == house.ids["email:anna@x.example"] != person
    again = House(house.folder)
    again.night(1, [ANA, ANNA])
    assert again.ids == house.ids


def test_the_id_stays_with_the_rest_where_its_first_identifier_is_gone(
    house: House,
) -> None:
    house.night(0, [ANA, order(1, "email:ana@x.example", "phone_and_name:+44/ana")])
    person = house.ids["crm:hubspot/1"]
    house.night(1, [order(1, "email:ana@x.example", "phone_and_name:+44/ana")])

    assert set(house.ids.values()) == {person}


def test_an_identifier_that_comes_back_takes_the_id_from_nobody(house: House) -> None:
    mail = order(1, "email:ana@x.example")
    house.night(0, [contact(1, "email:ana@x.example"), mail])
    person = house.ids["email:ana@x.example"]
    house.night(1, [mail])
    house.night(2, [mail, contact(1, "email:other@x.example")])

    assert house.ids["email:ana@x.example"] == person != house.ids["crm:hubspot/1"]


def test_a_source_switched_off_and_on_again_leaves_everybody_who_they_were(
    house: House,
) -> None:
    shop = [
        order(1, "email:ana@x.example"), order(2, "email:ana@work.example"),
        order(3, "email:ben@x.example"),
    ]  # fmt: skip
    crm = [
        contact(1, "email:ana@x.example", "email:ana@work.example"), contact(2),
        contact(3, "email:ben@x.example"),
    ]  # fmt: skip
    house.night(0, [*shop, *crm])
    before = house.ids
    house.night(1, shop)
    house.night(2, shop)

    assert house.ids["email:ana@x.example"] == before["email:ana@x.example"]
    assert house.ids["email:ben@x.example"] == before["email:ben@x.example"]
    house.night(3, [*shop, *crm])
    assert house.ids == before
    assert [event[0] for event in house.events("vanished")] == [1]
    assert [event[0] for event in house.events("returned")] == [3]


def test_a_night_reads_only_nights_before_it_and_can_be_run_again(house: House) -> None:
    house.night(0, [ANA])
    house.night(1, [ANA, ANNA])
    house.night(2, [ANA, ANNA, BRIDGE])
    merged, written = house.tables(), list(house.written)
    house.night(2, [ANA, ANNA, BRIDGE])

    assert house.tables() == merged
    house.written = written
    house.night(1, [ANA, ANNA])
    assert len(set(house.ids.values())) == 2
    assert not house.events("merged")


def drops(seed: int, nights: int) -> list[Record]:
    """Return records of people who are seen here and there, ever more of them a night."""
    chance = random.Random(seed)
    found = []
    for day in range(nights):
        for number in range(6 if day else 30):
            person = chance.randrange(25 + day)
            name = f"{person}@{chance.choice('abc')}.example"
            key = day * 100 + number
            kind = chance.randrange(4)
            if kind == 0:
                found.append(contact(key, f"email:{name}", day=day))
            elif kind == 1:
                phone = f"phone_and_name:+44{person}/{person}"
                found.append(order(key, f"email:{name}", phone, day=day))
            elif kind == 2:
                found.append(
                    Record(
                        f"email/{name}", (f"email:{name}",), FIRST + timedelta(days=day)
                    )
                )
            else:
                login = f"customer:shopify/{person}"
                found.append(order(key, login, f"email:{name}", day=day))
    return found


def test_night_after_night_is_the_same_as_from_scratch_in_any_order_of_rows(
    tmp_path: Path,
) -> None:
    records = drops(7, 30)
    (tmp_path / "slow").mkdir()
    (tmp_path / "fast").mkdir()
    slow = House(tmp_path / "slow")
    for day in range(30):
        known = [
            r
            for r in records
            if r.known_from and r.known_from <= FIRST + timedelta(days=day)
        ]
        random.Random(day).shuffle(known)
        slow.night(day, known)
    fast = House(tmp_path / "fast", threads=2)
    fast.night(29, records)

    assert slow.events("merged"), "the drops merge nobody, so they show nothing"
    assert slow.tables()["identifiers"] == fast.tables()["identifiers"]


def test_rows_shuffled_and_threads_change_no_byte(tmp_path: Path) -> None:
    records = drops(3, 12)
    told = []
    for at, threads in enumerate((1, 2, 1)):
        folder = tmp_path / str(at)
        folder.mkdir()
        house = House(folder, threads=threads)
        for day in (5, 11):
            known = [
                r
                for r in records
                if r.known_from and r.known_from <= FIRST + timedelta(days=day)
            ]
            random.Random(at).shuffle(known)
            house.night(day, known)
        told.append((house.tables(), house.written[-1][1].read_bytes()))

    assert told[0] == told[1] == told[2]


def test_a_merge_is_undone_by_hand_and_history_keeps_both(house: House) -> None:
    apart = Decision(
        FIRST + timedelta(days=4), "not_the_same", "crm:hubspot/1", "crm:hubspot/2"
    )
    ben = contact(2, "email:ana@x.example", day=1)
    house.night(0, [ANA])
    house.night(1, [ANA, contact(2, day=1)], [apart])
    ana, other = house.ids["crm:hubspot/1"], house.ids["crm:hubspot/2"]
    house.night(2, [ANA, ben], [apart])
    assert house.ids["crm:hubspot/2"] == ana, "a decision counts from its night on"

    house.night(4, [ANA, ben], [apart])

    assert house.ids["crm:hubspot/1"] == house.ids["email:ana@x.example"] == ana
    assert house.ids["crm:hubspot/2"] == other
    assert house.events("merged") == [(2, other, ana, "shared_identifier")]
    assert house.events("split") == [(4, other, ana, "not_the_same_by_hand")]
    assert not house.rows("from people.aliases")


def test_a_probable_merge_is_undone_by_hand(house: House) -> None:
    link = [Probable("crm:hubspot/1", "crm:hubspot/2")]
    apart = Decision(
        FIRST + timedelta(days=2),
        "not_the_same",
        "crm:hubspot/2",
        "email:ana@x.example",
    )
    house.night(0, [ANA, ANNA], links=[])
    before = house.ids
    house.night(1, [ANA, ANNA], links=link)
    assert len(set(house.ids.values())) == 1
    house.night(2, [ANA, ANNA], [apart], link)

    assert house.ids == before
    assert [event[3] for event in house.events("merged")] == ["probable_link"]
    assert [event[3] for event in house.events("split")] == ["not_the_same_by_hand"]
    assert not house.rows("from people.possible_matches"), "somebody decided already"


def test_the_newest_decision_on_a_pair_counts_and_same_joins_strangers(
    house: House,
) -> None:
    pair = ("crm:hubspot/1", "crm:hubspot/2")
    decisions = [
        Decision(FIRST, "same", *pair),
        Decision(FIRST + timedelta(days=1), "not_the_same", *pair[::-1]),
        Decision(FIRST + timedelta(days=2), "same", *pair),
    ]
    told = []
    for day in range(3):
        house.night(day, [ANA, ANNA], decisions)
        told.append(len(set(house.ids.values())))

    assert told == [1, 2, 1]
    assert house.events("merged")[-1][3] == "same_by_hand"


Nights = st.lists(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(Nights)
def test_whatever_merges_and_parts_ids_are_unique_and_every_old_one_resolves(
    tmp_path_factory: pytest.TempPathFactory, nights: list[list[tuple[int, int]]]
) -> None:
    house = House(tmp_path_factory.mktemp("ledger"))
    given_so_far: dict[str, int] = {}
    for day, pairs in enumerate(nights):
        was = house.ids
        records = [
            order(at, f"email:{one}@x.example", f"email:{other}@x.example", day=day)
            for at, (one, other) in enumerate(pairs)
        ]
        house.night(day, records)
        parts = dict(
            house.rows(
                "select identifier, component_id from intermediate.int_components"
            )
        )
        together = {(parts[one], person) for one, person in house.ids.items()}

        assert len(together) == len(set(parts.values())) == len(set(house.ids.values()))
        for person in house.ids.values():
            given_so_far.setdefault(person, day)
        aliases = dict(house.rows("from people.aliases"))
        living = {
            person
            for (person,) in house.rows(
                "select profile_id from people_now where other_profile_id is null"
            )
        }
        assert set(given_so_far) == living | set(aliases)
        assert not living & set(aliases)
        assert set(aliases.values()) <= living
        for _, loser, winner, _ in house.events("merged"):
            assert given_so_far[winner] <= given_so_far[loser]
        # who neither gained nor lost an identifier keeps the id
        for person in set(was.values()):
            mine = {one for one, whose in was.items() if whose == person}
            if any(
                {one for one, whose in house.ids.items() if whose == new} == mine
                for new in house.ids.values()
            ):
                assert {house.ids[one] for one in mine} == {person}
