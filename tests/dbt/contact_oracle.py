"""Contact rules by brute force, in plain Python: who may be written to, and when next.

It knows no SQL: every mail that a person was written is looked at for every rule.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ASKED = ("quiet_hours", "had_it_once", "had_it_lately", "asked_for_less", "capped")


@dataclass(frozen=True)
class Mail:
    """A mail that was written, or may be."""

    message: str
    segment: str
    kind: str
    template: str
    at: datetime


@dataclass(frozen=True)
class Rules:
    """One set of contact rules."""

    kinds: dict[str, str]
    templates: dict[str, str]
    gaps: dict[str, int]
    once: frozenset[str]
    template_gaps: dict[str, int]
    caps: tuple[tuple[str, int, int], ...]
    """Kind or any, mails, hours."""
    quiet: dict[str, tuple[time, time]]


@dataclass(frozen=True)
class Person:
    """Where somebody lives tonight, what they want, and what they were written so far."""

    zone: str
    wants: tuple[int, int] | None
    past: tuple[Mail, ...]


def reasons(rules: Rules, person: Person, mail: Mail) -> Iterator[str]:
    """Yield every reason why ``mail`` may not go out at its time."""
    past = person.past
    same = [one for one in past if one.segment == mail.segment]
    if mail.segment in rules.once:
        if same:
            yield "had_it_once"
    elif inside(same, mail.at, rules.gaps.get(mail.segment, 0)):
        yield "had_it_lately"
    if mail.kind == "service":
        return
    alike = [one for one in past if one.template == mail.template]
    if inside(alike, mail.at, rules.template_gaps.get(mail.template, 0)):
        yield "had_it_lately"
    counted = [one for one in past if one.kind != "service"]
    if person.wants and inside(counted, mail.at, person.wants[1]) >= person.wants[0]:
        yield "asked_for_less"
    for kind, most, hours in rules.caps:
        of_kind = [one for one in counted if kind in ("any", one.kind)]
        if kind in ("any", mail.kind) and inside(of_kind, mail.at, hours) >= most:
            yield "capped"


def inside(mails: Iterable[Mail], at: datetime, hours: int) -> int:
    """Count the mails of the last ``hours``, and those that wait to go out later.

    One exactly so long ago is none of them; where no hours are asked for, none is.
    """
    return sum(hours > 0 and one.at + timedelta(hours=hours) > at for one in mails)


def awake(rules: Rules, person: Person, kind: str, at: datetime) -> datetime | None:
    """Return ``at``, or the end of the quiet hours that it falls into; None is never."""
    if kind not in rules.quiet:
        return at
    begins, ends = rules.quiet[kind]
    if begins == ends:
        return None
    zone = ZoneInfo(person.zone)
    local = at.replace(tzinfo=UTC).astimezone(zone)
    clock = local.time()
    if begins < ends:
        day = local.date() if begins <= clock < ends else None
    elif clock >= begins:
        day = local.date() + timedelta(days=1)
    else:
        day = local.date() if clock < ends else None
    return at if day is None else instant(day, ends, zone)


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return when a clock shows that: the second time of two, later where it never does."""
    later = datetime.combine(day, clock.replace(fold=1), zone).astimezone(UTC)
    if later.astimezone(zone).time() == clock:
        return later.replace(tzinfo=None)
    first = datetime.combine(day, clock, zone).astimezone(UTC)
    return first.replace(tzinfo=None)


def next_chance(
    rules: Rules, person: Person, mail: Mail, wanted: datetime
) -> datetime | None:
    """Return the first moment at which no rule holds ``mail`` back and it is not quiet."""
    windows = {*rules.gaps.values(), *rules.template_gaps.values()}
    windows |= {hours for _, _, hours in rules.caps}
    windows |= {person.wants[1]} if person.wants else set()
    edges = {
        one.at + timedelta(hours=hours) for one in person.past for hours in windows
    }
    for at in sorted({wanted, *(edge for edge in edges if edge > wanted)}):
        tried = Mail(mail.message, mail.segment, mail.kind, mail.template, at)
        if not set(reasons(rules, person, tried)):
            return awake(rules, person, mail.kind, at)
    return None
