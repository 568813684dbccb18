"""Visits to the shop: sessions of people, and what was looked at in each."""

from dataclasses import dataclass

import numpy as np

from seeds.demo.clock import DAY, HOUR, NEVER, Calendar
from seeds.demo.orders import WEB, Orders, at_usual_hour, skus_to_taste
from seeds.demo.people import People
from seeds.demo.texts import Flags, Floats, Ints

SLOTS = 5
"""The most products that a person looks at in one session."""
PLAIN, LOGS_IN, LOGGED_IN = 0, 1, 2


@dataclass
class Sessions:
    """The sessions of one block; a bot's session has its pages in ``burst``."""

    person: Ints
    """The person, or -1 for a device that nobody of the demo owns."""
    device: Ints
    started_at: Ints
    gap: Floats
    """Seconds between two products, or between two pages of a burst."""
    sku: Ints
    """Up to five products a row, -1 for none."""
    carted: Flags
    removed: Flags
    order: Ints
    """The order that the session ends in, or -1."""
    login: Ints
    is_sign_up: Flags
    searched: Flags
    listed: Flags
    away: Flags
    burst: Ints
    drop: Ints
    is_late: Flags

    def __len__(self) -> int:
        return len(self.person)

    def slot_at(self, slot: int) -> Floats:
        """Return the seconds from the start to the look at product ``slot``."""
        return 14.0 + slot * self.gap


def make_sessions(
    people: People, orders: Orders, cal: Calendar, rng: np.random.Generator
) -> Sessions:
    """Return the sessions in the time of web history, sorted by drop and start."""
    idle = _idle_sessions(people, cal, rng)
    buying = _buying_sessions(people, orders, cal, rng)
    joining = _joining_sessions(people, cal, rng)
    bots = _bot_sessions(people, cal, rng)
    parts = [idle, buying, joining, bots]
    columns = zip(*[vars(part).values() for part in parts], strict=True)
    every = Sessions(*[np.concatenate(column) for column in columns])
    every.drop = cal.drop_of(every.started_at)
    recent = (every.started_at > cal.midnight(0)) & (every.burst == 0)
    every.is_late = recent & (rng.random(len(every)) < 0.01)
    delay = rng.integers(1, 6, len(every))
    every.drop = np.where(every.is_late, every.drop + delay, every.drop)
    every.drop = np.minimum(every.drop, cal.days - 1)
    keep = np.flatnonzero(every.started_at < cal.end_at - HOUR // 2)
    order = keep[np.lexsort((every.started_at[keep], every.drop[keep]))]
    return Sessions(*[column[order] for column in vars(every).values()])


def _blank(person: Ints, started_at: Ints, rng: np.random.Generator) -> Sessions:
    rows = len(person)
    none, no = np.full(rows, -1), np.zeros(rows, np.bool_)
    return Sessions(
        person=person,
        device=np.zeros(rows, np.int64),
        started_at=started_at,
        gap=rng.uniform(18, 70, rows),
        sku=np.full((rows, SLOTS), -1),
        carted=np.zeros((rows, SLOTS), np.bool_),
        removed=np.zeros((rows, SLOTS), np.bool_),
        order=none,
        login=np.zeros(rows, np.int64),
        is_sign_up=no,
        searched=no,
        listed=no,
        away=no,
        burst=np.zeros(rows, np.int64),
        drop=np.zeros(rows, np.int64),
        is_late=no,
    )


def _idle_sessions(people: People, cal: Calendar, rng: np.random.Generator) -> Sessions:
    """Visits that end in no order: bounces, browsing, carts left behind."""
    window = cal.end_at - cal.web_start_at
    visits = rng.poisson(people.visits * window / DAY * people.has_device)
    hostile, far = people.roles["hostile_name"], people.roles["two_time_zones"]
    visits[hostile] += people.has_device[hostile]
    visits[far] += 8
    person = np.repeat(np.arange(len(people)), visits)
    at = cal.web_start_at + rng.integers(0, window, len(person))
    at = at_usual_hour(people, person, at, rng)
    changes = [at for at in cal.clock_changes() if at > cal.web_start_at]
    movers = np.repeat(people.roles["clock_change"], len(changes))
    around = np.tile(np.array(changes, np.int64), len(people.roles["clock_change"]))
    person = np.concatenate([person, movers])
    at = np.concatenate([at, around + rng.integers(-HOUR, HOUR, len(around))])
    inside = (at >= cal.web_start_at) & (at >= people.joined_at[person] - 20 * DAY)
    made = _blank(person[inside], at[inside], rng)
    _look_around(made, people, rng)
    return made


def _look_around(made: Sessions, people: People, rng: np.random.Generator) -> None:
    rows, person = len(made), made.person
    looks = rng.choice(SLOTS + 1, rows, p=[0.2, 0.25, 0.2, 0.15, 0.12, 0.08])
    for slot in range(SLOTS):
        sku = skus_to_taste(people.taste[person], rng)
        if slot:
            again = (rng.random(rows) < 0.15) & (made.sku[:, slot - 1] >= 0)
            sku = np.where(again, made.sku[:, slot - 1], sku)
        made.sku[:, slot] = np.where(slot < looks, sku, -1)
    fills = (rng.random(rows) < 0.2) & (looks > 0)
    in_slot = rng.random((rows, SLOTS)) < np.where(fills, 0.5, 0.0)[:, None]
    in_slot[:, 0] |= fills
    made.carted = in_slot & (made.sku >= 0)
    empties = rng.random(rows) < 0.12
    made.removed = made.carted & empties[:, None]
    made.searched = rng.random(rows) < 0.25
    made.listed = rng.random(rows) < 0.45
    member = people.has_account[person] & (people.joined_at[person] < made.started_at)
    made.login = np.where(member, rng.choice(3, rows, p=[0.4, 0.25, 0.35]), PLAIN)
    _spread_devices(made, people, rng)


def _spread_devices(made: Sessions, people: People, rng: np.random.Generator) -> None:
    """Every second person owns a phone beside a computer; two live in two zones."""
    both = made.person % 2 == 0
    made.device = (both & (rng.random(len(made)) < 0.4)).astype(np.int64)
    even_day = made.started_at // DAY % 2 == 0
    made.away = people.is_in("two_time_zones")[made.person] & even_day


def _buying_sessions(
    people: People, orders: Orders, cal: Calendar, rng: np.random.Generator
) -> Sessions:
    """Return the visits in which orders of the web shop were made."""
    seen = (orders.ordered_at > cal.web_start_at + DAY) & (orders.channel == WEB)
    seen &= people.has_device[orders.person] & (orders.ordered_at < cal.end_at)
    index = np.flatnonzero(seen & (rng.random(len(orders)) < 0.9))
    made = _blank(orders.person[index], orders.ordered_at[index], rng)
    starts = np.searchsorted(orders.line_order, index)
    for slot in range(SLOTS):
        line = np.minimum(starts + slot, len(orders.line_order) - 1)
        mine = orders.line_order[line] == index
        made.sku[:, slot] = np.where(mine, orders.line_sku[line], -1)
    made.carted = made.sku >= 0
    length = made.slot_at(SLOTS - 1) + 90
    made.started_at = made.started_at - length.astype(np.int64)
    made.order = index
    made.listed = rng.random(len(made)) < 0.5
    guest = orders.email_kind[index] != 1
    member = people.has_account[made.person] & ~guest
    joined = people.joined_at[made.person] < made.started_at
    made.login = np.where(member & joined, rng.choice([1, 2], len(made)), PLAIN)
    _spread_devices(made, people, rng)
    return made


def _joining_sessions(
    people: People, cal: Calendar, rng: np.random.Generator
) -> Sessions:
    """Return the visits in which accounts were made."""
    joins = people.has_account & people.has_device
    joins &= (people.joined_at > cal.web_start_at) & (people.joined_at < cal.end_at)
    person = np.flatnonzero(joins)
    made = _blank(person, people.joined_at[person] - 120, rng)
    made.sku[:, 0] = skus_to_taste(people.taste[person], rng)
    made.is_sign_up = np.ones(len(person), np.bool_)
    return made


def _bot_sessions(people: People, cal: Calendar, rng: np.random.Generator) -> Sessions:
    """Crawlers that say so, scrapers that do not, some with a person's log-in."""
    count = 12 + len(people) // 2_000
    which = np.repeat(np.arange(count), 3)
    span = np.maximum(cal.end_at - 3 * HOUR - cal.web_start_at, 1)
    at = cal.web_start_at + (rng.random(len(which)) * span).astype(np.int64)
    at[::3] = cal.end_at - rng.integers(3 * HOUR, 3 * DAY, count)
    made = _blank(np.full(len(which), -1), at, rng)
    made.device = 10 + which
    declared = which % 2 == 0
    made.burst = np.where(
        declared, rng.integers(20, 60, len(which)), rng.integers(130, 300, len(which))
    )
    made.gap = np.where(declared, 1.7, rng.uniform(0.08, 0.22, len(which)))
    victims = people.roles["bot_victim"]
    for place, device in enumerate((0, 1, 2, 3)):
        rows = which == device
        made.person[rows] = victims[place]
        made.login[rows] = LOGGED_IN
    own = which == 3
    made.device[own] = 0
    return made


def carts(sessions: Sessions, orders: Orders) -> dict[str, Ints]:
    """Return what people put into carts, when they took it out or bought it."""
    rows, slots = np.nonzero(sessions.carted & (sessions.burst == 0)[:, None])
    at = sessions.started_at[rows] + (14 + slots * sessions.gap[rows] + 10).astype(int)
    sku, person = sessions.sku[rows, slots], sessions.person[rows]
    gone = sessions.removed[rows, slots]
    keys = _cart_keys(orders.person[orders.line_order], orders.line_sku)
    times = orders.ordered_at[orders.line_order]
    sort = np.lexsort((times, keys))
    bought = (keys[sort] << 33) + np.minimum(times[sort], (1 << 33) - 1)
    wanted = _cart_keys(person, sku)
    next_one = np.searchsorted(bought, (wanted << 33) + at)
    found = np.append(bought, -1)[np.minimum(next_one, len(bought))]
    ordered = np.where(found >> 33 == wanted, found & ((1 << 33) - 1), NEVER)
    removed = np.where(gone, at + 60 * SLOTS, NEVER)
    return {
        "person": person,
        "sku": sku,
        "added_at": at,
        "removed_at": removed,
        "ordered_at": ordered,
    }


def _cart_keys(person: Ints, sku: Ints) -> Ints:
    return person * 128 + sku
