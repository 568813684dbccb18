"""Mails that went out, and what people and machines did with them."""

from dataclasses import dataclass

import numpy as np

from seeds.demo.clock import BUSINESS_ZONE, DAY, HOUR, NEVER, Calendar, to_utc
from seeds.demo.consents import DOUBLE_OPT_IN_NUMBERS, Agreement
from seeds.demo.people import People
from seeds.demo.texts import Flags, Floats, Ints

EVENTS = (
    "processed",
    "delivered",
    "deferred",
    "bounce",
    "dropped",
    "open",
    "click",
    "unsubscribe",
    "spamreport",
)
PROCESSED, DELIVERED, DEFERRED, BOUNCE, DROPPED = 0, 1, 2, 3, 4
OPEN, CLICK, UNSUBSCRIBE, SPAM = 5, 6, 7, 8


@dataclass
class Mails:
    """Every mail of one block, sorted by person and time."""

    person: Ints
    sent_at: Ints
    template: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass
class MailEvents:
    """What became of the mails, in the order of drops and time."""

    mail: Ints
    kind: Ints
    at: Ints
    is_machine: Flags
    is_hard: Flags
    sku: Ints
    drop: Ints
    is_late: Flags
    number: Ints
    """A repeated event keeps its number, and so its ``sg_event_id``."""

    def taken(self, rows: Ints) -> "MailEvents":
        """Return the events at ``rows``."""
        return MailEvents(*[column[rows] for column in vars(self).values()])


def make_mails(
    people: People, agreement: Agreement, cal: Calendar, rng: np.random.Generator
) -> Mails:
    """Return the mails sent to everyone who had agreed by the day before."""
    days = cal.days + 30
    weekdays = np.argsort(rng.random((len(people), 7)), axis=1)
    chosen = weekdays < people.mails_a_week[:, None]
    sends = chosen[:, np.arange(days) % 7]
    person, day = np.nonzero(sends)
    local = (cal.first - 30 + day) * DAY + 8 * HOUR + rng.integers(0, HOUR, len(day))
    at = to_utc(BUSINESS_ZONE, local)
    changes = [c for c in cal.clock_changes() if c > cal.web_start_at]
    movers = np.repeat(people.roles["clock_change"], len(changes))
    around = np.tile(np.array(changes, np.int64), len(people.roles["clock_change"]))
    person = np.concatenate([person, movers])
    at = np.concatenate([at, around + rng.integers(-HOUR, HOUR, len(around))])
    agreed = agreement.holds(person, at - DAY)
    abroad = np.isin(people.country[person], DOUBLE_OPT_IN_NUMBERS)
    agreed &= ~abroad | (agreement.confirmed_at[person] < NEVER)
    agreed &= at < cal.end_at - 60
    order = np.lexsort((at[agreed], person[agreed]))
    template = rng.integers(0, 4, len(order))
    return Mails(person[agreed][order], at[agreed][order], template)


def make_mail_events(
    people: People, mails: Mails, cal: Calendar, rng: np.random.Generator
) -> tuple[MailEvents, Ints]:
    """Return the events, and the drop from which on each main address is barred."""
    barred_at, fate = _fates(people, mails, cal, rng)
    rows = np.flatnonzero(fate >= 0)
    parts = _deliveries(mails, rows, fate[rows], rng)
    arrived = rows[fate[rows] == DELIVERED]
    parts += _opens(people, mails, arrived, rng)
    parts += _complaints(people, mails, barred_at, rng)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    mail, kind, at, machine, hard, sku = columns
    inside = at < cal.end_at
    late = (at > cal.midnight(0)) & (rng.random(len(at)) < 0.01)
    delay = np.where(late, rng.integers(1, 6, len(at)), 0)
    drop = np.minimum(cal.drop_of(at) + delay, cal.days - 1)
    events = MailEvents(
        mail, kind, at, machine, hard, sku, drop, late, np.arange(len(at))
    ).taken(np.flatnonzero(inside))
    _mark_hard_bounces(events, mails, people)
    return _with_repeats(events, cal.days), _barred(people, mails, events)


def _fates(
    people: People, mails: Mails, cal: Calendar, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return when each person's complaint is due, and each mail's fate, -1 for none.

    A dead mailbox bounces once for all; the two mails after that are dropped.
    """
    barred = np.full(len(people), NEVER)
    span = cal.end_at - 2 * DAY - cal.web_start_at
    for role in ("opt_out_by_mail", "spam_report", "hard_bounce"):
        who = people.roles[role]
        barred[who] = cal.web_start_at + (rng.random(len(who)) * span).astype(np.int64)
    after = mails.sent_at >= barred[mails.person]
    rank = _rank_after(mails, after)
    fate = np.where(rng.random(len(mails)) < 0.006, BOUNCE, DELIVERED)
    dead = people.is_in("hard_bounce")[mails.person]
    fate = np.where(after & (rank == 0), np.where(dead, BOUNCE, DELIVERED), fate)
    gone = np.where(dead & (rank <= 2), DROPPED, -1)
    return barred, np.where(after & (rank > 0), gone, fate)


def _rank_after(mails: Mails, after: Flags) -> Ints:
    """Return the place of each mail among its person's mails since the complaint."""
    counts = after.cumsum()
    first = np.append(True, np.diff(mails.person) != 0)[: len(mails)]
    before = np.where(first, counts - after, 0)
    return counts - np.maximum.accumulate(before) - 1


def _part(
    mail: Ints, kind: int, at: Ints, *, machine: bool = False
) -> tuple[Ints, Ints, Ints, Flags, Flags, Ints]:
    rows = len(mail)
    flags = np.full(rows, machine)
    return mail, np.full(rows, kind), at, flags, np.zeros(rows, bool), np.full(rows, -1)


def _deliveries(
    mails: Mails, rows: Ints, fate: Ints, rng: np.random.Generator
) -> list[tuple[Ints, Ints, Ints, Flags, Flags, Ints]]:
    sent = mails.sent_at[rows]
    later = sent + rng.integers(1, 6, len(rows))
    slow = (rng.random(len(rows)) < 0.015) & (fate == DELIVERED)
    parts = [
        _part(rows[fate != DROPPED], PROCESSED, sent[fate != DROPPED]),
        _part(rows[slow], DEFERRED, later[slow] - 1),
        _part(rows[fate == DELIVERED], DELIVERED, later[fate == DELIVERED]),
        _part(rows[fate == DROPPED], DROPPED, later[fate == DROPPED]),
    ]
    bounced = rows[fate == BOUNCE]
    bounce = _part(bounced, BOUNCE, later[fate == BOUNCE])
    return [*parts, bounce]


def _opens(
    people: People, mails: Mails, rows: Ints, rng: np.random.Generator
) -> list[tuple[Ints, Ints, Ints, Flags, Flags, Ints]]:
    """Privacy proxies open at once; people open near their usual hour, some twice."""
    person, sent = mails.person[rows], mails.sent_at[rows] + 6
    proxied = (people.base + person) % 20 < 7
    machine = _part(
        rows[proxied],
        OPEN,
        (sent + rng.integers(1, 10, len(rows)))[proxied],
        machine=True,
    )
    opens = rng.random(len(rows)) < people.response[person]
    who, at = rows[opens], _open_times(people, mails, rows[opens], rng)
    again = np.flatnonzero(rng.random(len(who)) < 0.15)
    clicks = np.flatnonzero(rng.random(len(who)) < 0.18)
    twice = at[again] + rng.integers(60, 2 * DAY, len(again))
    taps = _part(who[clicks], CLICK, at[clicks] + rng.integers(3, 90, len(clicks)))
    taps[5][:] = people.taste[mails.person[who[clicks]]] * 15 + who[clicks] % 15
    return [machine, _part(who, OPEN, at), _part(who[again], OPEN, twice), taps]


def _open_times(
    people: People, mails: Mails, rows: Ints, rng: np.random.Generator
) -> Ints:
    person, sent = mails.person[rows], mails.sent_at[rows] + 6
    hour: Floats = people.hour[person] + rng.normal(0, 0.6, len(rows))
    seconds = (np.clip(hour, 0, 23.9) * HOUR).astype(np.int64)
    usual = to_utc(BUSINESS_ZONE, sent // DAY * DAY + seconds)
    usual = np.where(usual > sent, usual, usual + DAY)
    soon = sent + rng.exponential(1_500, len(rows)).astype(np.int64) + 12
    return np.where(rng.random(len(rows)) < 0.75, usual, soon)


def _complaints(
    people: People, mails: Mails, barred_at: Ints, rng: np.random.Generator
) -> list[tuple[Ints, Ints, Ints, Flags, Flags, Ints]]:
    """Say what people do with the first mail after they have had enough."""
    after = mails.sent_at >= barred_at[mails.person]
    first = np.flatnonzero(after & (_rank_after(mails, after) == 0))
    parts = []
    for role, kind in (("opt_out_by_mail", UNSUBSCRIBE), ("spam_report", SPAM)):
        rows = first[people.is_in(role)[mails.person[first]]]
        at = mails.sent_at[rows] + rng.integers(600, DAY, len(rows))
        parts.append(_part(rows, kind, at))
    return parts


def _mark_hard_bounces(events: MailEvents, mails: Mails, people: People) -> None:
    """Mark the bounces of dead mailboxes; the others are only blocked for a day."""
    dead = people.is_in("hard_bounce")[mails.person[events.mail]]
    events.is_hard = dead & (events.kind == BOUNCE)


def _with_repeats(events: MailEvents, days: int) -> MailEvents:
    """Deliver some events again with the next day's drop, ids unchanged."""
    again = np.flatnonzero((events.number % 199 == 0) & (events.drop < days - 1))
    rows = np.concatenate([np.arange(len(events.mail)), again])
    whole = events.taken(rows)
    whole.drop[len(events.mail) :] += 1
    return whole.taken(np.lexsort((whole.number, whole.at, whole.drop)))


def _barred(people: People, mails: Mails, events: MailEvents) -> Ints:
    barred = np.full(len(people), NEVER)
    ends = events.is_hard | np.isin(events.kind, (UNSUBSCRIBE, SPAM))
    np.minimum.at(barred, mails.person[events.mail[ends]], events.drop[ends])
    return barred
