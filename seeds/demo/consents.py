"""What people agreed to and took back, and the consent ledger that tells of it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seeds.demo import truth, words
from seeds.demo.clock import DAY, HOUR, NEVER, Calendar, iso_texts
from seeds.demo.drops import DropWriter
from seeds.demo.people import People
from seeds.demo.phones import as_typed
from seeds.demo.texts import (
    Flags,
    Ints,
    csv_cells,
    join,
    pick,
    random_ids,
    texts,
    where,
)

LEDGER_HEADER = (
    "subject,channel,purpose,lawful_basis,status,event_time,source,method,"
    "policy_version,proof_reference,double_opt_in_time,jurisdiction"
)
CHANNELS, PURPOSES = ("email", "sms"), ("marketing", "personalisation")
SOURCES = ("webshop_checkout", "newsletter_form", "preference_centre", "store_form")
METHODS = ("checkbox", "form", "link", "paper")
PRIMARY, SECOND, PHONE = 0, 1, 2
DOUBLE_OPT_IN_NUMBERS = [
    number
    for number, place in enumerate(words.COUNTRIES)
    if place.code in words.DOUBLE_OPT_IN
]
"""The places in ``words.COUNTRIES`` where a grant needs a confirmation."""


@dataclass
class Agreement:
    """E-mail marketing consent of each person's main address, as it happened."""

    granted_at: Ints
    withdrawn_at: Ints
    granted_again_at: Ints
    confirmed_at: Ints

    def holds(self, persons: Ints, instants: Ints) -> Flags:
        """Say whether each person had agreed at each instant."""
        granted, withdrawn = self.granted_at[persons], self.withdrawn_at[persons]
        again = self.granted_again_at[persons] <= instants
        return (granted <= instants) & ((withdrawn > instants) | again)


@dataclass
class Ledger:
    """Every consent event, one a row."""

    person: Ints
    subject: Ints
    purpose: Ints
    withdrawn: Flags
    event_at: Ints
    confirmed_at: Ints
    drop: Ints

    @property
    def address(self) -> Ints:
        """One number for each address: two a person."""
        return self.person * 2 + self.subject


def make_agreement(
    people: People, cal: Calendar, rng: np.random.Generator
) -> Agreement:
    """Return who agreed to marketing mail, and when they took it back."""
    size = len(people)
    agrees = rng.random(size) < 0.80
    agrees[people.roles["hostile_name"]] = True
    agrees[people.roles["shared_mailbox"]] = False
    agrees[people.roles["shared_mailbox"][0]] = True
    granted = np.where(agrees, people.joined_at + rng.integers(30, 90, size), NEVER)
    leaves = agrees & (rng.random(size) < 0.10) & ~people.is_in("hostile_name")
    span = np.maximum(cal.end_at - HOUR - granted, 1)
    later = granted + (rng.random(size) * span).astype(np.int64)
    withdrawn = np.where(leaves, later, NEVER)
    _plant(people, cal, rng, granted, withdrawn)
    returns = (withdrawn < cal.end_at - 5 * DAY) & (rng.random(size) < 0.12)
    returns &= ~people.is_in("late_grant") & ~people.is_in("same_second")
    again = np.where(returns, withdrawn + 2 * DAY, NEVER)
    needs = np.isin(people.country, DOUBLE_OPT_IN_NUMBERS)
    confirms = needs & (rng.random(size) < 0.85) & (granted < NEVER)
    confirmed = np.where(confirms, granted + rng.integers(40, 4_000, size), NEVER)
    return Agreement(granted, withdrawn, again, confirmed)


def make_ledger(
    people: People, agreement: Agreement, cal: Calendar, rng: np.random.Generator
) -> Ledger:
    """Return every consent event with the drop in which it arrived."""
    granted = agreement.granted_at
    second = np.array([bool(email) for email in people.second_email])
    phone = np.array([bool(number) for number in people.phone])
    size = len(people)
    kinds = [
        (PRIMARY, 0, True, agreement.withdrawn_at),
        (PRIMARY, 0, False, granted),
        (PRIMARY, 0, False, agreement.granted_again_at),
        (PRIMARY, 1, False, np.where(rng.random(size) < 0.55, granted, NEVER)),
        (SECOND, 0, False, np.where(second & (rng.random(size) < 0.4), granted, NEVER)),
        (PHONE, 0, False, np.where(phone & (rng.random(size) < 0.4), granted, NEVER)),
    ]
    parts = [_events(agreement, cal, kind) for kind in kinds]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    person, subject, purpose, flags, at, sure = columns
    ledger = Ledger(person, subject, purpose, flags, at, sure, cal.drop_of(at))
    _delay(ledger, people, cal, rng)
    return ledger


def write_ledger(
    drops: DropWriter, ledger: Ledger, people: People, rng: np.random.Generator
) -> None:
    """Append the ledger's rows to the drops in which they arrived."""
    order = np.lexsort((ledger.person, ledger.drop))
    person, rows = ledger.person[order], len(order)
    style = rng.choice(4, rows, p=[0.88, 0.05, 0.04, 0.03])
    subject = ledger.subject[order]
    typed = [_typed(people, *one) for one in zip(person, subject, style, strict=True)]
    confirmed = ledger.confirmed_at[order]
    sure = iso_texts(np.minimum(confirmed, ledger.event_at.max(initial=0) + DAY))
    codes = [place.code for place in words.COUNTRIES]
    lines = join(
        csv_cells(typed),
        pick([",email,", ",sms,"], (subject == PHONE).astype(np.int64)),
        pick([f"{purpose},consent," for purpose in PURPOSES], ledger.purpose[order]),
        pick(["granted,", "withdrawn,"], ledger.withdrawn[order].astype(np.int64)),
        iso_texts(ledger.event_at[order]),
        pick([f",{source}," for source in SOURCES], rng.integers(0, 4, rows)),
        pick([f"{method}," for method in METHODS], rng.integers(0, 4, rows)),
        pick(["2024-1,P-", "2025-2,P-"], rng.integers(0, 2, rows)),
        random_ids(rng, rows, 12),
        ",",
        where(confirmed < NEVER, sure, ""),
        ",",
        pick(codes, people.country[person]),
        "\n",
    )
    drops.append("consent/ledger", ledger.drop[order], lines)


def ledger_truth(ledger: Ledger, people: People, cal: Calendar) -> dict[str, pa.Array]:
    """Return the true consent history; phones are in E.164."""
    subjects = [people.email, people.second_email, people.phone]
    pairs = zip(ledger.subject, ledger.person, strict=True)
    codes = [place.code for place in words.COUNTRIES]
    return {
        "email": texts([subjects[subject][person] for subject, person in pairs]),
        "channel": pick(CHANNELS, (ledger.subject == PHONE).astype(np.int64)),
        "purpose": pick(PURPOSES, ledger.purpose),
        "event_at": truth.instants(ledger.event_at, NEVER),
        "status": pick(("granted", "withdrawn"), ledger.withdrawn.astype(np.int64)),
        "double_opt_in_at": truth.instants(ledger.confirmed_at, NEVER),
        "jurisdiction": pick(codes, people.country[ledger.person]),
        "arrived_on": truth.days(ledger.drop + cal.first),
        "person_id": pick(people.ids, ledger.person),
    }


def permitted(ledger: Ledger, people: People, suppressed: Ints, drop: int) -> list[str]:
    """Return the addresses that may get marketing mail on the night of ``drop``.

    ``suppressed`` is the drop with which each person's main address became barred.
    """
    known = (ledger.subject != PHONE) & (ledger.purpose == 0) & (ledger.drop <= drop)
    rows = np.flatnonzero(known)
    order = (ledger.withdrawn[rows], ledger.event_at[rows], ledger.address[rows])
    rows = rows[np.lexsort(order)]
    last = np.append(np.diff(ledger.address[rows]) != 0, True)[: len(rows)]
    rows = rows[last]
    person = ledger.person[rows]
    strict = np.isin(people.country[person], DOUBLE_OPT_IN_NUMBERS)
    free = (ledger.subject[rows] != PRIMARY) | (suppressed[person] > drop)
    sure = ~strict | (ledger.confirmed_at[rows] < NEVER)
    allowed = rows[~ledger.withdrawn[rows] & free & sure]
    emails = (people.email, people.second_email)
    return [emails[ledger.subject[row]][ledger.person[row]] for row in allowed]


def _events(
    agreement: Agreement,
    cal: Calendar,
    kind: tuple[int, int, bool, Ints],
) -> tuple[Ints, Ints, Ints, Flags, Ints, Ints]:
    """Return one kind of event; a grant is confirmed as long after as the first."""
    subject, purpose, withdrawn, at = kind
    who = np.flatnonzero(at < cal.end_at)
    confirmed = agreement.confirmed_at[who]
    sure = at[who] + confirmed - agreement.granted_at[who]
    none = (confirmed == NEVER) | withdrawn
    return (
        who,
        np.full(len(who), subject),
        np.full(len(who), purpose),
        np.full(len(who), withdrawn),
        at[who],
        np.where(none, NEVER, sure),
    )


def _plant(
    people: People,
    cal: Calendar,
    rng: np.random.Generator,
    granted: Ints,
    withdrawn: Ints,
) -> None:
    """Withdrawals whose grant arrives later, and both within one second."""
    late, same = people.roles["late_grant"], people.roles["same_second"]
    withdrawn[late] = cal.end_at - rng.integers(4 * DAY, 7 * DAY, len(late))
    granted[late] = withdrawn[late] - 6 * HOUR
    granted[same] = cal.end_at - rng.integers(2 * DAY, 6 * DAY, len(same))
    withdrawn[same] = granted[same]


def _delay(
    ledger: Ledger, people: People, cal: Calendar, rng: np.random.Generator
) -> None:
    """Move some events to later drops; planted grants arrive after the withdrawal."""
    recent = ledger.event_at >= cal.midnight(0)
    late = recent & (rng.random(len(ledger.drop)) < 0.02)
    delay = np.where(late, rng.integers(1, 5, len(late)), 0)
    planted = people.is_in("late_grant")[ledger.person] & ~ledger.withdrawn
    delay[planted] = 3
    delay[people.is_in("late_grant")[ledger.person] & ledger.withdrawn] = 0
    ledger.drop = np.minimum(ledger.drop + delay, cal.days - 1)


def _typed(people: People, person: int, subject: int, style: int) -> str:
    if subject == PHONE:
        return as_typed(people.phone[person], person + style)
    email = (people.email, people.second_email)[subject][person]
    return (email, email.upper(), email.capitalize(), f" {email} ")[style]
