"""Draws the people of one block: where they live, what they like, how they buy."""

import numpy as np

from seeds.demo import words
from seeds.demo.casting import add_addresses, cast_roles
from seeds.demo.clock import DAY, NEVER, Calendar, day_number
from seeds.demo.people import People, Stream
from seeds.demo.texts import Floats, Ints


def make_people(base: int, size: int, total: int, cal: Calendar, at: Stream) -> People:
    """Return the ``size`` people from number ``base`` on, of ``total``."""
    rng = at("people")
    country = rng.choice(
        len(words.COUNTRIES), size, p=[place.share for place in words.COUNTRIES]
    )
    buyer = rng.choice(4, size, p=[0.34, 0.22, 0.32, 0.12])
    first, last = _names(rng, size)
    people = People(
        base=base,
        first=first,
        last=last,
        birth=rng.integers(day_number(cal.last_day) - 80 * 365, 12_700, size),
        country=country,
        city=rng.integers(0, 1 << 30, size),
        street=_streets(rng, size),
        postcode=[],
        taste=rng.integers(0, 8, size),
        cycle=np.round(rng.lognormal(np.array([0, 0, 4.4, 3.3])[buyer], 0.35), 1),
        hour=_hours(rng, size),
        response=np.zeros(size),
        mails_a_week=np.zeros(size, np.int64),
        visits=np.zeros(size),
        buyer=buyer,
        stopped_at=_stops(rng, buyer, cal),
        joined_at=_joins(rng, buyer, cal),
        has_account=rng.random(size) < 0.74,
        has_contact=rng.random(size) < 0.66,
        has_device=rng.random(size) < 0.80,
    )
    _add_habits(people, rng)
    people.roles = cast_roles(people, at("roles"))
    for role in ("hostile_name", "shared_mailbox", "twin", "clock_change"):
        people.joined_at[people.roles[role]] -= 500 * DAY
    add_addresses(people, at("addresses"), total)
    return people


def _names(rng: np.random.Generator, size: int) -> tuple[list[str], list[str]]:
    firsts = words.WOMEN + words.MEN
    first = [firsts[pick] for pick in rng.integers(0, len(firsts), size)]
    last = [words.SURNAMES[n] for n in rng.integers(0, len(words.SURNAMES), size)]
    return first, last


def _streets(rng: np.random.Generator, size: int) -> list[str]:
    numbers, streets = rng.integers(1, 180, size), rng.integers(0, 18, size)
    return [f"{n} {words.STREETS[s]}" for n, s in zip(numbers, streets, strict=True)]


def _hours(rng: np.random.Generator, size: int) -> Floats:
    usual = np.array([8.0, 13.0, 20.0])[rng.integers(0, 3, size)]
    near = rng.normal(0.0, 1.2, size)
    return np.clip((usual + near).round(2), 0.0, 23.0)


def _stops(rng: np.random.Generator, buyer: Ints, cal: Calendar) -> Ints:
    """Return when buyers fall silent: few do, mostly 90 to 179 days ago."""
    silent = rng.choice([95, 120, 150, 175, 250], len(buyer)) * DAY
    stops = (buyer >= 2) & (rng.random(len(buyer)) < 0.22)
    return np.where(stops, cal.end_at - silent, NEVER)


def _joins(rng: np.random.Generator, buyer: Ints, cal: Calendar) -> Ints:
    """Return when people signed up: most long ago, a tenth during the drops."""
    size = len(buyer)
    before = cal.orders_start_at - rng.integers(0, 500 * DAY, size)
    between = rng.integers(cal.orders_start_at, cal.midnight(0), size)
    lately = rng.integers(cal.midnight(0), cal.end_at - 3_600, size)
    draw = rng.random(size) - np.where(buyer == 3, 0.1, 0.0)
    known = np.where(draw < 0.55, before, between)
    return np.where(draw < 0.89, known, lately)


def _add_habits(people: People, rng: np.random.Generator) -> None:
    """Set how people answer mail and visit; good customers do both more often."""
    size = len(people)
    liking = rng.beta(1.4, 3.0, size) + np.array([0.0, 0.02, 0.1, 0.25])[people.buyer]
    people.response = np.round(np.clip(liking, 0, 0.95), 3)
    people.response[rng.random(size) < 0.12] = 0.0
    fan = people.response > 0.6
    people.mails_a_week = np.where(fan, 4, 1)
    people.visits = rng.gamma(0.9, 0.024, size) * (1 + people.response)
