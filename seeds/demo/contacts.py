"""The CRM's records of people: who has one, who has two, and the errors in copies."""

from dataclasses import dataclass

import numpy as np

from seeds.demo import words
from seeds.demo.clock import DAY, Calendar
from seeds.demo.people import People
from seeds.demo.texts import Flags, Ints


@dataclass
class Contacts:
    """The CRM records of one block: some people have two, with errors in one."""

    record_id: Ints
    person: Ints
    is_copy: Flags
    first: list[str]
    last: list[str]
    email: list[str]
    created_at: Ints


def make_contacts(people: People, cal: Calendar, rng: np.random.Generator) -> Contacts:
    """Return the records; copies carry another address or a mistyped name."""
    whole = np.flatnonzero(people.has_contact)
    twice = people.roles["duplicate_contact"]
    person = np.concatenate([whole, twice])
    is_copy = np.arange(len(person)) >= len(whole)
    record_id = 5_100_000_000 + (people.base + person) * 7 + is_copy * 3
    wait = np.where(is_copy, 40 * DAY, 600)
    created = np.minimum(people.joined_at[person] + wait, cal.end_at - 7_200)
    draw = rng.integers(0, 1 << 30, len(person))
    names = [_names(people, *one) for one in zip(person, draw, is_copy, strict=True)]
    emails = [_email(people, *one) for one in zip(person, draw, is_copy, strict=True)]
    firsts, lasts = [first for first, _ in names], [last for _, last in names]
    return Contacts(record_id, person, is_copy, firsts, lasts, emails, created)


def _names(people: People, person: int, draw: int, is_copy: bool) -> tuple[str, str]:
    first, last = people.first[person], people.last[person]
    if not is_copy:
        return first, last
    style = draw % 5
    if style == 0:
        return words.NICKNAMES.get(first, first[:1] + "."), last
    if style == 1:
        return first, _slip(last, draw)
    if style == 2:
        return _slip(first, draw), last
    return (first.upper(), last.upper()) if style == 3 else (last, first)


def _slip(word: str, draw: int) -> str:
    """Swap or lose a letter, as hurried fingers do."""
    if len(word) < 4:
        return word + word[-1:]
    place = 1 + draw // 7 % (len(word) - 2)
    if draw // 3 % 2:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _email(people: People, person: int, draw: int, is_copy: bool) -> str:
    email, second = people.email[person], people.second_email[person]
    if not is_copy:
        return email
    if second:
        return second
    return ("", email.replace("@", "+crm@", 1), _slip_local(email, draw))[draw % 3]


def _slip_local(email: str, draw: int) -> str:
    """Write the address with dots left out: another mailbox to most servers."""
    local, domain = email.split("@")
    return (
        f"{local.replace('.', '')}@{domain}"
        if draw % 2
        else f"{local}.{draw % 9}@{domain}"
    )
