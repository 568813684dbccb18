"""Plants the hard cases: shared homes, mailboxes and phones, twins, hostile names."""

import unicodedata

import numpy as np

from seeds.demo import words
from seeds.demo.people import People, city_of
from seeds.demo.phones import phone_numbers
from seeds.demo.texts import Ints

LEAP_DAY = 9_555
"""29 February 1996, a birthday that most years lack."""


def cast_roles(people: People, rng: np.random.Generator) -> dict[str, Ints]:
    """Give planted roles to people, none of whom gets two of them."""
    size = len(people)
    many = max(1, size // 500)
    wanted = {
        "hostile_name": len(words.HOSTILE_NAMES),
        "shared_mailbox": 7,
        "household": 4 * max(1, many // 4),
        "twin": 2 * many,
        "two_time_zones": 2,
        "bot_victim": 4,
        "late_grant": 3 * many,
        "same_second": 2 * many,
        "clock_change": 4,
        "future_order": 2 if people.base == 0 else 0,
        "hard_bounce": 2 * many,
        "opt_out_by_mail": 4 * many,
        "spam_report": many,
    }
    cast, taken = rng.permutation(size), 0
    roles: dict[str, Ints] = {}
    for role, number in wanted.items():
        roles[role] = np.sort(cast[taken : taken + number])
        taken += number
    rest = cast[taken:]
    roles["two_emails"] = np.sort(rest[: size // 7])
    roles["duplicate_contact"] = np.sort(rest[rng.random(len(rest)) < 0.08])
    return roles


def add_addresses(people: People, rng: np.random.Generator, total: int) -> None:
    """Plant who shares a name, a home, a mailbox or a phone, then give addresses."""
    _plant_names(people, rng)
    people.postcode = _postcodes(people, rng)
    _plant_homes(people)
    active = np.concatenate(
        [people.roles[role] for role in people.roles if role != "two_emails"]
    )
    people.has_contact[active] = True
    people.has_device[people.roles["bot_victim"]] = True
    people.has_device[people.roles["two_time_zones"]] = True
    people.has_account[people.roles["bot_victim"]] = True
    people.has_account[people.roles["hostile_name"]] = True
    people.email = [_address(people, index, "") for index in range(len(people))]
    people.second_email = [""] * len(people)
    for index in people.roles["two_emails"]:
        people.second_email[index] = _address(people, index, "work.")
    people.phone = phone_numbers(people.base, len(people), total, rng)
    _plant_contacts(people)


def _plant_names(people: People, rng: np.random.Generator) -> None:
    names = zip(people.roles["hostile_name"], words.HOSTILE_NAMES, strict=True)
    for index, (first, last) in names:
        people.first[index], people.last[index] = first, last
    twins = people.roles["twin"].reshape(-1, 2)
    people.birth[twins[:, 1]] = people.birth[twins[:, 0]]
    for one, other in twins:
        if people.first[one] == people.first[other]:
            people.first[other] = "Una" if people.first[one] != "Una" else "Ada"
    people.country[people.roles["hostile_name"]] = 0
    people.country[people.roles["two_time_zones"]] = 0
    people.birth[rng.random(len(people)) < 0.0005] = LEAP_DAY


def _plant_homes(people: People) -> None:
    """Twins and households share surname, street and town."""
    twins = people.roles["twin"].reshape(-1, 2)
    homes = people.roles["household"].reshape(-1, 4)
    pairs = [(group[0], other) for group in [*twins, *homes] for other in group[1:]]
    for one, other in pairs:
        people.last[other] = people.last[one]
        people.street[other] = people.street[one]
        people.postcode[other] = people.postcode[one]
        people.country[other], people.city[other] = (
            people.country[one],
            people.city[one],
        )


def _plant_contacts(people: People) -> None:
    homes = people.roles["household"].reshape(-1, 4)
    for home in homes:
        anyone = [*home, *range(len(people))]
        known = next(people.phone[p] for p in anyone if people.phone[p])
        people.phone = ["" if phone == known else phone for phone in people.phone]
        for person in home:
            people.phone[person] = known
    for person in people.roles["twin"]:
        people.phone[person] = ""
    office = f"office@firm{people.base}.example.com"
    for place, person in enumerate(people.roles["shared_mailbox"]):
        people.email[person] = office
        people.phone[person] = ""
        people.has_account[person] = people.has_contact[person] = place == 0


def _postcodes(people: People, rng: np.random.Generator) -> list[str]:
    numbers = rng.integers(0, 1_000, len(people))
    found = []
    for index, number in enumerate(numbers):
        start = city_of(people, index)[3]
        if people.country[index] == 0:
            pair = "ABDEFGHJLN"[number % 10] + "PQRSTUWXYZ"[number // 10 % 10]
            found.append(f"{start}{number % 19 + 1} {number % 9 + 1}{pair}")
        elif people.country[index] == 1:
            found.append(f"{start}{number % 24 + 1:02d} X{number:03d}")
        else:
            found.append(
                f"{start}{number:03d}"[: 4 if people.country[index] == 3 else 5]
            )
    return found


def _address(people: People, index: int, prefix: str) -> str:
    name = f"{people.first[index]}.{people.last[index]}".lower()
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in letters if c.isascii() and (c.isalnum() or c == "."))
    number = people.base + index
    domain = words.MAIL_DOMAINS[(number + len(prefix)) % len(words.MAIL_DOMAINS)]
    return f"{prefix}{plain.strip('.')[:30] or 'guest'}{number}@{domain}"
