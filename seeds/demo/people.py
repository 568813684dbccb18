"""The invented people of one block: who they are and what they tend to do."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from seeds.demo import words
from seeds.demo.texts import Flags, Floats, Ints

BLOCK = 5_000
FEWEST = 100
Stream = Callable[[str], np.random.Generator]
"""Gives each part of a block its own random numbers, by name."""


@dataclass
class People:
    """One block of people, column by column."""

    base: int
    first: list[str]
    last: list[str]
    birth: Ints
    country: Ints
    city: Ints
    street: list[str]
    postcode: list[str]
    taste: Ints
    cycle: Floats
    hour: Floats
    response: Floats
    mails_a_week: Ints
    visits: Floats
    buyer: Ints
    """0 never buys, 1 once, 2 regularly, 3 often."""
    stopped_at: Ints
    joined_at: Ints
    has_account: Flags
    has_contact: Flags
    has_device: Flags
    email: list[str] = field(default_factory=list)
    second_email: list[str] = field(default_factory=list)
    phone: list[str] = field(default_factory=list)
    roles: dict[str, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.first)

    @property
    def ids(self) -> list[str]:
        """The truth's name of each person."""
        return [f"person-{self.base + index:07d}" for index in range(len(self))]

    @property
    def customer_ids(self) -> Ints:
        """The Shopify customer id of each person who has an account."""
        return 7_210_000_000_000 + (self.base + np.arange(len(self))) * 131

    def is_in(self, role: str) -> Flags:
        """Say for each person whether they play ``role``."""
        flags = np.zeros(len(self), np.bool_)
        flags[self.roles[role]] = True
        return flags

    def kinds(self) -> list[list[str]]:
        """Return the planted roles of each person, sorted."""
        found: list[list[str]] = [[] for _ in range(len(self))]
        for role in sorted(self.roles):
            for index in self.roles[role]:
                found[index].append(role)
        return found


def city_of(people: People, index: int) -> tuple[str, str, str, str]:
    """Return city, province code, province and postal start of a person."""
    cities = words.COUNTRIES[people.country[index]].cities
    return cities[people.city[index] % len(cities)]
