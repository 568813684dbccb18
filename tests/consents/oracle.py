"""Who may be written to, worked out by plain Python and without a look at the models.

A no stands until a later, explicit, readable yes of the same person for the same purpose:

- A **no** is an opt-out cell that says so or says something unreadable, an unsubscription,
  a complaint, a dead address, a withdrawal from marketing mail, and a row that cannot be
  read and is no clear yes. It is about each mailbox and phone that the row names in any
  spelling, and about the record that it is a version of.
- A **yes of a record** lifts the earlier noes of that record, and of the mailboxes and
  phones in its own row.
- A **grant** lifts every earlier no, whoever reported it, but for complaints and dead
  addresses, which nothing lifts. Against a grant an opt-out cell speaks at the end of the
  day of its file, and so does a no without a time.
- **Earlier** goes by whole seconds; between versions of a record of which one has no time
  to be believed, by the days of their files. What cannot be told apart is a no.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.consents.statements import (
    Decision,
    Event,
    Flag,
    Person,
    Refused,
    Statement,
)

NEEDS_CONFIRMATION = {"DE", "AT"}
FINAL = {"complaint", "bounce"}
BUSINESS = ZoneInfo("Europe/London")


def may_be_written_to(
    person: Person, statements: Sequence[Statement], night: date
) -> bool:
    """Return whether ``person`` may get marketing mail on ``night``."""
    as_of = end_of(night)
    own = mailboxes((*person.addresses, person.phone))
    noes = [
        no for no in statements if is_no(no, statements) and no_of(no, own, statements)
    ]
    for address in person.addresses:
        granted_at = permission(address, statements, as_of)
        if granted_at is not None and not any(
            stands_against(address, no, own, statements, granted_at) for no in noes
        ):
            return True
    return False


def end_of(day: date) -> datetime:
    """Return the business's midnight that ends ``day``, in UTC."""
    midnight = datetime.combine(day + timedelta(days=1), time(), BUSINESS)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def mailboxes(contacts: Iterable[str]) -> set[str]:
    """Return the mailboxes of addresses; a phone is its own."""
    found = set()
    for contact in contacts:
        name, at, domain = contact.lower().rpartition("@")
        found.add(f"{name.partition('+')[0]}@{domain}" if at else contact)
    return found


def named(no: Statement, statements: Sequence[Statement]) -> set[str]:
    """Return whom a no is about.

    A phone beside an address may be a whole household's; a record without an address means
    whoever it ever named.
    """
    found = mailboxes(no.contacts)
    if not isinstance(no, Flag):
        return found
    addresses = {one for one in found if "@" in one}
    return addresses or found.union(
        *(mailboxes(one.contacts) for one in versions(no.record, statements))
    )


def versions(record: str, statements: Sequence[Statement]) -> list[Flag]:
    """Return the delivered versions of a record."""
    flags = [one for one in statements if isinstance(one, Flag)]
    return [one for one in flags if one.record == record]


def is_no(one: Statement, statements: Sequence[Statement]) -> bool:
    """Return whether a statement is a no to marketing mail."""
    match one:
        case Refused():
            return True
        case Event():
            return one.name != "other"
        case Decision():
            about_mail = one.channel != "sms" and one.purpose != "personalisation"
            return about_mail and not one.is_grant
        case Flag():
            return bool(one.is_no) and (
                not one.needs_yes
                or any(yes.day <= one.day for yes in yeses(one.record, statements))
            )


def yeses(record: str, statements: Sequence[Statement]) -> list[Flag]:
    """Return the versions of a record that say yes."""
    return [one for one in versions(record, statements) if one.is_no is False]


def no_of(no: Statement, own: set[str], statements: Sequence[Statement]) -> bool:
    """Return whether a no names the person, or stands in a record of theirs."""
    if own & named(no, statements):
        return True
    return isinstance(no, Flag) and any(
        own & mailboxes(one.contacts) for one in versions(no.record, statements)
    )


def permission(
    address: str, statements: Sequence[Statement], as_of: datetime
) -> datetime | None:
    """Return when the last grant of ``address`` allowed mail; None if it does not.

    Of several in one second the strictest counts.
    """
    grants = [
        (second(one.at), one)
        for one in statements
        if isinstance(one, Decision)
        and one.is_grant
        and one.at is not None
        and one.at < as_of
        and one.contacts == {address}
        and (one.channel, one.purpose) == ("email", "marketing")
    ]
    last = max((at for at, _ in grants), default=None)
    return last if all(allows(one, as_of) for at, one in grants if at == last) else None


def allows(grant: Decision, as_of: datetime) -> bool:
    """Return whether a grant is one under its law."""
    is_confirmed = grant.confirmed_at is not None and grant.confirmed_at < as_of
    return grant.basis == "consent" and (
        is_confirmed or grant.jurisdiction not in NEEDS_CONFIRMATION
    )


def stands_against(
    address: str,
    no: Statement,
    own: set[str],
    statements: Sequence[Statement],
    granted_at: datetime,
) -> bool:
    """Return whether ``no`` keeps mail from ``address`` of whoever has ``own``."""
    if isinstance(no, Event) and no.name in FINAL:
        if mailboxes([address]) & named(no, statements):
            return True
        if no.name == "bounce":
            return False  # a dead address says nothing about another
    return not is_lifted(no, own, statements, granted_at)


def is_lifted(
    no: Statement, own: set[str], statements: Sequence[Statement], granted_at: datetime
) -> bool:
    """Return whether a later yes takes back ``no`` for whoever has the contacts ``own``."""
    if second(granted_at) > second(said_at(no)):
        return True
    match no:
        case Flag():
            later = [yes for yes in yeses(no.record, statements) if is_later(yes, no)]
        case Refused():
            flags = [one for one in statements if isinstance(one, Flag)]
            later = [
                yes
                for yes in flags
                if yes.is_no is False
                and yes.record.startswith(f"{no.source}/")
                and yes.day > no.day
            ]
        case _:
            return False
    refused = own & named(no, statements)
    freed = set().union(*(freed_by(yes) for yes in later))
    return bool(later) and refused <= freed


def said_at(no: Statement) -> datetime:
    """Return when a no was said, as far as a grant is concerned."""
    if isinstance(no, Event | Decision) and no.at is not None:
        return no.at
    return end_of(no.day)


def freed_by(yes: Flag) -> set[str]:
    """Return the mailboxes and phones that the yes of a record is about."""
    found = mailboxes(yes.contacts)
    addresses = {one for one in found if "@" in one}
    return found if len(addresses) == 1 else found - addresses


def is_later(yes: Flag, no: Flag) -> bool:
    """Return whether a version of a record was surely written after another."""
    yes_at, no_at = believed(yes), believed(no)
    if yes_at and no_at:
        return second(yes_at) > second(no_at)
    return yes.day > no.day


def believed(version: Flag) -> datetime | None:
    """Return the time of a version, unless it lies days behind its own file."""
    limit = datetime.combine(version.day + timedelta(days=2), time())
    return version.at if version.at and version.at < limit else None


def second(at: datetime) -> datetime:
    """Return the second that a time lies in."""
    return at.replace(microsecond=0)
