"""What people bought, and what became of each order."""

from dataclasses import dataclass

import numpy as np

from seeds.demo.catalogue import PER_CATEGORY, Catalogue
from seeds.demo.clock import BUSINESS_ZONE, DAY, HOUR, NEVER, Calendar, to_utc
from seeds.demo.consents import Agreement
from seeds.demo.people import People
from seeds.demo.texts import Flags, Ints

MOST_ORDERS = 40
FIRST_NUMBER = 1_001
WEB, TILL, DRAFT = 0, 1, 2


@dataclass
class Orders:
    """The orders of one block in the order of time, and their lines."""

    number: Ints
    person: Ints
    ordered_at: Ints
    channel: Ints
    email_kind: Ints
    """0 none, 1 main address, 2 second, 3 main with a plus tag, 4 main in capitals."""
    discount: Ints
    shipping: Ints
    total: Ints
    is_euro: Flags
    accepts: Flags
    """Whether the customer had agreed to marketing mail when ordering."""
    paid_at: Ints
    fulfilled_at: Ints
    cancelled_at: Ints
    refunded_at: Ints
    refunded: Ints
    delay: Ints
    line_order: Ints
    line_sku: Ints
    line_quantity: Ints
    line_price: Ints

    def __len__(self) -> int:
        return len(self.number)

    @property
    def names(self) -> list[str]:
        """The order names, such as ``#1001``."""
        return [f"#{number}" for number in self.number]

    @property
    def changed_at(self) -> list[Ints]:
        """When each order was made and when it changed, one column a kind."""
        later = [self.paid_at, self.fulfilled_at, self.cancelled_at, self.refunded_at]
        return [self.ordered_at, *later]

    def net_at_end(self) -> Ints:
        """Return what each order brought in the end: nothing where cancelled."""
        kept = self.total - np.where(self.refunded_at < NEVER, self.refunded, 0)
        return np.where(self.cancelled_at < NEVER, 0, kept)


def make_orders(
    people: People,
    goods: Catalogue,
    agreement: Agreement,
    cal: Calendar,
    rng: np.random.Generator,
    *,
    first_number: int,
) -> Orders:
    """Return the orders of a block, numbered from ``first_number`` on."""
    person, ordered_at = _moments(people, cal, rng)
    rows = len(person)
    lines = _lines(people, person, goods, rng)
    sums = np.bincount(lines[0], lines[2] * lines[3], rows).astype(np.int64)
    discount = np.where(rng.random(rows) < 0.12, sums // 10, 0)
    channel = rng.choice(3, rows, p=[0.93, 0.055, 0.015])
    shipping = np.where((channel == WEB) & (sums - discount < 5_000), 395, 0)
    total = sums - discount + shipping
    later = _changes(ordered_at, total, channel, cal, rng)
    late = (rng.random(rows) < 0.006) & (ordered_at > cal.midnight(0))
    return Orders(
        np.arange(rows) + first_number,
        person,
        ordered_at,
        channel,
        _email_kinds(people, person, channel, rng),
        discount,
        shipping,
        total,
        rng.random(rows) < 0.02,
        agreement.holds(person, ordered_at),
        *later,
        np.where(late, rng.integers(1, 5, rows), 0),
        *lines,
    )


def _moments(
    people: People, cal: Calendar, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return who ordered when, sorted by time."""
    size = len(people)
    gaps = rng.gamma(6, people.cycle[:, None] / 6, (size, MOST_ORDERS)) * DAY
    gaps[:, 0] *= rng.random(size)
    start = np.maximum(people.joined_at, cal.orders_start_at)
    once = people.buyer == 1
    gaps[once, 0] = rng.random(int(once.sum())) * (cal.end_at - start[once])
    at = start[:, None] + gaps.cumsum(axis=1).astype(np.int64)
    most = np.array([0, 1, MOST_ORDERS, MOST_ORDERS])[people.buyer]
    real = np.arange(MOST_ORDERS) < most[:, None]
    real &= at < np.minimum(people.stopped_at, cal.end_at - HOUR)[:, None]
    person = np.nonzero(real)[0]
    moments = at_usual_hour(people, person, at[real], rng)
    inside = (moments < cal.end_at - 60) & (moments > people.joined_at[person])
    person, moments = person[inside], moments[inside]
    person, moments = _plant(people, cal, rng, person, moments)
    order = np.lexsort((person, moments))
    return person[order], moments[order]


def at_usual_hour(
    people: People, person: Ints, instants: Ints, rng: np.random.Generator
) -> Ints:
    """Move most instants, on their day, near the hour that the person prefers."""
    hour = people.hour[person] + rng.normal(0, 0.8, len(person))
    local = instants // DAY * DAY + (np.clip(hour, 0, 23.9) * HOUR).astype(np.int64)
    usual = to_utc(BUSINESS_ZONE, local)
    return np.where(rng.random(len(person)) < 0.75, usual, instants)


def _plant(
    people: People, cal: Calendar, rng: np.random.Generator, person: Ints, at: Ints
) -> tuple[Ints, Ints]:
    """Add orders around clock changes, from the future, and by planted people."""
    changes = np.array(cal.clock_changes(), np.int64)
    movers = np.repeat(people.roles["clock_change"], len(changes))
    around = np.tile(changes, len(people.roles["clock_change"]))
    around = around + rng.integers(-HOUR, HOUR, len(around))
    office = np.concatenate(
        [people.roles[role] for role in ("shared_mailbox", "hostile_name", "twin")]
    )
    recent = cal.end_at - rng.integers(6 * HOUR, 6 * DAY, len(office))
    future = people.roles["future_order"]
    ahead = cal.end_at + rng.integers(200 * DAY, 400 * DAY, len(future))
    return (
        np.concatenate([person, movers, office, future]),
        np.concatenate([at, around, recent, ahead]),
    )


def _lines(
    people: People, person: Ints, goods: Catalogue, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return order, SKU, quantity and price of every line; no SKU twice in an order."""
    count = rng.choice([1, 2, 3, 4], len(person), p=[0.5, 0.28, 0.15, 0.07])
    order = np.repeat(np.arange(len(person)), count)
    sku = skus_to_taste(people.taste[person[order]], rng)
    _, first = np.unique(order * 1_000 + sku, return_index=True)
    order, sku = order[first], sku[first]
    quantity = rng.choice([1, 2, 3], len(order), p=[0.82, 0.13, 0.05])
    return order, sku, quantity, goods.prices[sku]


def skus_to_taste(taste: Ints, rng: np.random.Generator) -> Ints:
    """Return a SKU for each row, seven times of ten from the liked category."""
    other = rng.integers(0, 8, len(taste))
    category = np.where(rng.random(len(taste)) < 0.7, taste, other)
    place = (rng.random(len(taste)) ** 1.6 * PER_CATEGORY).astype(np.int64)
    return category * PER_CATEGORY + place


def _email_kinds(
    people: People, person: Ints, channel: Ints, rng: np.random.Generator
) -> Ints:
    """Say which address each order carries; guests type it anew each time."""
    rows = len(person)
    guest = ~people.has_account[person] | (rng.random(rows) < 0.07)
    second = np.array([bool(email) for email in people.second_email])[person]
    typed = rng.choice([1, 3, 4], rows, p=[0.8, 0.1, 0.1])
    kind = np.where(guest, np.where(second & (rng.random(rows) < 0.6), 2, typed), 1)
    till = (channel == TILL) & (rng.random(rows) < 0.75)
    return np.where(till, 0, kind)


def _changes(
    ordered_at: Ints,
    total: Ints,
    channel: Ints,
    cal: Calendar,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return when orders were paid, sent, cancelled and refunded, and how much."""
    rows = len(ordered_at)
    fate = rng.random(rows)
    waits = np.where(fate > 0.97, rng.integers(1, 4 * DAY, rows), 0)
    paid = np.where(fate > 0.99, NEVER, ordered_at + waits)
    cancelled = ordered_at + rng.integers(HOUR, 5 * DAY, rows)
    cancelled = np.where((fate < 0.025) | (fate > 0.995), cancelled, NEVER)
    full, part = (fate > 0.10) & (fate < 0.125), (fate > 0.2) & (fate < 0.24)
    refunded_at = np.maximum(ordered_at, paid) + rng.integers(2 * DAY, 20 * DAY, rows)
    refunded_at = np.where(full | part, refunded_at, NEVER)
    refunded_at = np.where(cancelled < paid, NEVER, refunded_at)
    with_cancel = (cancelled < NEVER) & (paid <= cancelled)
    refunded_at = np.where(with_cancel, cancelled, refunded_at)
    share = (total * rng.uniform(0.2, 0.6, rows)).astype(np.int64)
    refunded = np.where(part, share, np.where(full | with_cancel, total, 0))
    sent = ordered_at + rng.integers(4 * HOUR, 2 * DAY, rows)
    sent = np.where(channel == TILL, ordered_at, sent)
    fulfilled = np.where((sent > cancelled) | (paid == NEVER), NEVER, sent)
    ends = [paid, fulfilled, cancelled, refunded_at]
    seen = [np.where(at < cal.end_at, at, NEVER) for at in ends]
    return seen[0], seen[1], seen[2], seen[3], np.where(seen[3] < NEVER, refunded, 0)
