"""HubSpot's contact export: the CRM's view of people, with its duplicates and typos."""

import numpy as np
import pyarrow as pa

from seeds.demo import words
from seeds.demo.block import Block
from seeds.demo.clock import DAY, NEVER, Calendar, date_texts, local_texts
from seeds.demo.contacts import Contacts
from seeds.demo.drops import DropWriter
from seeds.demo.people import People, city_of
from seeds.demo.phones import as_typed
from seeds.demo.texts import Ints, csv_cell, join, pick, texts, where

CONTACT_HEADER = (
    "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,"
    "Contact owner,Create Date,Last Modified Date,Lifecycle Stage,Lead Status,"
    "Original Source,Unsubscribed from all email,Date of birth,Gender,"
    "Preferred language,Street Address,City,State/Region,Postal Code,Country/Region,"
    "Time Zone"
)
STAGES = ("subscriber", "lead", "customer")
SOURCES = ("Organic Search", "Direct Traffic", "Email Marketing", "Offline Sources")


def write_contacts(
    drops: DropWriter, block: Block, cal: Calendar, rng: np.random.Generator
) -> None:
    """Append each record to the days on which it was made or changed."""
    contacts, people, agreement = block.contacts, block.people, block.agreement
    record, at = _exports(block, cal, rng)
    person, drop = contacts.person[record], cal.drop_of(at)
    agreed = agreement.holds(person, at)
    gone = (agreement.granted_at[person] <= at) & ~agreed
    lines = join(
        pick(texts(_heads(contacts, people)), record),
        local_texts(contacts.created_at[record], to_the_minute=True),
        ",",
        local_texts(at, to_the_minute=True),
        pick(texts(_stages(contacts, people)), record),
        pick(["false,", "true,"], gone.astype(np.int64)),
        pick(_births(contacts, people, rng), record),
        pick(texts(_tails(contacts, people)), record),
        "\n",
    )
    drops.append("hubspot/contacts", drop, lines)


def _exports(
    block: Block, cal: Calendar, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return each record and its last change of each day, sorted by drop."""
    contacts, agreement = block.contacts, block.agreement
    rows = len(contacts.person)
    edits = cal.midnight(0) + rng.integers(0, cal.days * DAY, rows)
    edits = np.where(rng.random(rows) < 0.15, edits, NEVER)
    left = agreement.withdrawn_at[contacts.person]
    back = agreement.granted_again_at[contacts.person]
    at = np.concatenate([contacts.created_at, edits, left, back])
    record = np.tile(np.arange(rows), 4)
    keep = (at < cal.end_at) & (at >= contacts.created_at[record])
    at, record = at[keep], record[keep]
    drop = cal.drop_of(at)
    order = np.lexsort((at, record, drop))
    at, record, drop = at[order], record[order], drop[order]
    last = np.append((np.diff(record) != 0) | (np.diff(drop) != 0), True)[: len(at)]
    at, record, drop = at[last], record[last], drop[last]
    return record, at


def _heads(contacts: Contacts, people: People) -> list[str]:
    """Return everything before the dates."""
    found = []
    for index, person in enumerate(contacts.person):
        phone = as_typed(people.phone[person], int(contacts.record_id[index]))
        mobile = phone if "7700" in phone.replace(" ", "") else ""
        names = [contacts.first[index], contacts.last[index], contacts.email[index]]
        cells = [*map(csv_cell, names), "" if mobile else phone, mobile]
        found.append(f"{contacts.record_id[index]},{','.join(cells)},Shop Team,")
    return found


def _stages(contacts: Contacts, people: People) -> list[str]:
    return [
        f",{STAGES[min(people.buyer[person], 2)]},,{SOURCES[person % 4]},"
        for person in contacts.person
    ]


def _births(
    contacts: Contacts, people: People, rng: np.random.Generator
) -> pa.StringArray:
    """Return birth dates as typed: mostly ISO, some British, a quarter none."""
    born, draw = people.birth[contacts.person], rng.random(len(contacts.person))
    british = date_texts(born, "{0}/{1}/{2}")
    known = where(draw < 0.65, date_texts(born), british)
    return where(draw < 0.75, known, "")


def _tails(contacts: Contacts, people: People) -> list[str]:
    """Return everything after the birth date."""
    found = []
    for person in contacts.person:
        city, _, region, _ = city_of(people, person)
        place = words.COUNTRIES[people.country[person]]
        cells = [people.street[person], city, region, people.postcode[person]]
        gender = ("female", "male", "")[person % 3]
        start = f",{gender},{place.language[:2]},{','.join(map(csv_cell, cells))}"
        found.append(f"{start},{place.name},{place.zone}")
    return found
