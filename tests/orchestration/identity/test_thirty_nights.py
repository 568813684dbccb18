"""Linkage and ledger together: thirty nights of arriving records, or all of them at once."""

import random
from datetime import timedelta
from pathlib import Path

import duckdb

from orchestration.identity.linkage.linkage import link_records
from orchestration.identity.linkage.linkage_model import base_model
from tests.orchestration.identity.small_people import FIRST, House, Record, insert
from tests.orchestration.identity.test_linkage import COLUMNS, again, person

NIGHTS, PEOPLE, FILLED_IN_AFTER = 30, 40, 4
Contact = dict[str, str | None]


def arrivals() -> list[tuple[int, Contact]]:
    """Return (night, contact): everybody once, every other person a second time, misspelt."""
    dice = random.Random(11)
    found = []
    for number in range(PEOPLE):
        name = f"{person(number)['last_name']}e"
        found += [(dice.randrange(NIGHTS), person(number))]
        found += [(dice.randrange(NIGHTS), again(number, last_name=name))] * (
            number % 2
        )
    return found


def as_known(night: int, came: int, contact: Contact) -> Contact:
    """Return a contact on ``night``: a second one is filled in some nights after it came."""
    if night - came >= FILLED_IN_AFTER or contact["email"]:
        return contact
    return contact | {"birth_date": None, "city": None, "postal_code": None}


def record(night: int, contact: Contact) -> Record:
    """Return what the graph knows of a contact."""
    mail = [f"email:{contact['email']}"] if contact["email"] else []
    key = f"crm:{contact['record_id']}"
    known = FIRST + timedelta(days=night)
    return Record(str(contact["record_id"]), (key, *mail), known)


def run_night(house: House, night: int, kept: Path | None = None) -> None:
    """Run linkage and people over all that is known by ``night``, in some order."""
    known = [one for one in arrivals() if one[0] <= night]
    random.Random(night).shuffle(known)

    def link(connection: duckdb.DuckDBPyConnection) -> None:
        columns = ", ".join(f"{column} varchar" for column in COLUMNS)
        connection.execute(
            f"create table intermediate.int_identity_records ({columns})"
        )
        contacts = [
            as_known(night, came, contact)
            | {"component_id": f"crm:{contact['record_id']}"}
            for came, contact in known
        ]
        rows = [tuple(one.get(column) for column in COLUMNS) for one in contacts]
        insert(connection, "intermediate.int_identity_records", rows)
        link_records(connection, base_model(), kept=kept)

    house.linkage = link
    house.night(night, [record(*one) for one in known])


def test_ids_are_the_same_night_after_night_and_from_scratch(tmp_path: Path) -> None:
    for name in ("slow", "fast", "kept"):
        (tmp_path / name).mkdir()
    slow, fast = House(tmp_path / "slow"), House(tmp_path / "fast", threads=2)
    for night in range(NIGHTS):
        run_night(slow, night, tmp_path / "kept")
    run_night(fast, NIGHTS - 1)

    assert len(slow.events("merged")) > 5, (
        "the drops merge nobody, so they show nothing"
    )
    assert slow.ids == fast.ids
    assert slow.tables()["identifiers"] == fast.tables()["identifiers"]
    assert slow.tables()["possible_matches"] == fast.tables()["possible_matches"]
