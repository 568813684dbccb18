"""The kinds of history: in each somebody says no, and something gets in its way.

A kind of records is told of every table that has an opt-out cell, a kind of mails of every
email service, a kind of decisions of the ledger and of the receipts.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.consents.spellings import both, oddly, tagged
from tests.consents.story import DAYS, FIRST, LAST, LATE_DAY, SECOND, Story

Kind = Callable[[Story], None]
RECORD_KINDS: dict[str, Kind] = {}
MAIL_KINDS: dict[str, Kind] = {}
DECISION_KINDS: dict[str, Kind] = {}
UNREADABLE_TIMES = ("yesterday", "04/13/2026 12:00 PM", "0000-00-00 00:00:00", "n/a")
BROKEN = ("short", "long", "bytes")


def kind(group: dict[str, Kind]) -> Callable[[Kind], Kind]:
    """Add a kind to its group, under its name."""

    def add(tell: Kind) -> Kind:
        group[tell.__name__] = tell
        return tell

    return add


def begin(story: Story) -> str:
    """Return a new record; its box was ticked once where that makes its no one."""
    record = story.key()
    if story.records.needs_yes:
        story.version(story.people[0], record, False, story.moment(0, 1), FIRST)
    return record


@kind(RECORD_KINDS)
def no_before_the_column_went(story: Story) -> None:
    who, at = story.person(), story.moment(2, 20)
    record = begin(story)
    story.version(who, record, True, at, SECOND)
    story.version(who, record, None, at + timedelta(days=9), LAST,
                  left_out=story.records.flag)  # fmt: skip


@kind(RECORD_KINDS)
def no_before_the_cell_went_blank(story: Story) -> None:
    who, at = story.person(), story.moment(2, 20)
    record = begin(story)
    story.version(who, record, True, at, SECOND)
    blank = story.chance.choice(("", " "))
    story.version(who, record, None, at + timedelta(days=9), LAST, flag=blank)


@kind(RECORD_KINDS)
def no_under_a_header_with_blanks(story: Story) -> None:
    who = story.person()
    record = begin(story)
    story.version(who, record, True, story.moment(2), SECOND,
                  blanked=story.records.flag)  # fmt: skip


@kind(RECORD_KINDS)
def no_without_a_time(story: Story) -> None:
    who = story.person()
    record = begin(story)
    story.version(who, record, False, story.moment(2), FIRST)
    story.version(who, record, True, None, LAST)


@kind(RECORD_KINDS)
def no_in_a_file_without_times(story: Story) -> None:
    who = story.person()
    record = begin(story)
    story.version(who, record, False, story.moment(2), FIRST)
    story.version(who, record, True, None, LAST, left_out=story.records.time)


@kind(RECORD_KINDS)
def no_with_an_unreadable_time(story: Story) -> None:
    who, time = story.person(), story.chance.choice(UNREADABLE_TIMES)
    record = begin(story)
    story.version(who, record, False, story.moment(2), FIRST)
    story.version(who, record, True, None, LAST, time=time)


@kind(RECORD_KINDS)
def no_before_an_older_yes_came(story: Story) -> None:
    who, at = story.person(), story.moment(10, 20)
    record = begin(story)
    story.version(who, record, True, at, SECOND)
    story.version(who, record, False, at - timedelta(days=3), SECOND)


@kind(RECORD_KINDS)
def no_and_yes_in_one_second(story: Story) -> None:
    who, at = story.person(), story.moment(2)
    record = begin(story)
    story.version(who, record, True, at, SECOND)
    story.version(who, record, False, at, LAST)


@kind(RECORD_KINDS)
def no_and_yes_of_one_file_without_times(story: Story) -> None:
    who = story.person()
    record = begin(story)
    for is_no in story.chance.sample((True, False), 2):
        story.version(who, record, is_no, None, LAST)


@kind(RECORD_KINDS)
def no_before_a_yes_from_the_future(story: Story) -> None:
    who = story.person()
    record = begin(story)
    story.version(who, record, True, story.moment(2), SECOND)
    day = story.chance.choice((SECOND, SECOND, LAST))
    story.version(who, record, False, datetime(2027, 1, 1), day)


@kind(RECORD_KINDS)
def no_of_an_odd_address(story: Story) -> None:
    who = story.person()
    record = begin(story)
    address = who.addresses[0]
    story.version(who, record, True, story.moment(2), SECOND,
                  email=oddly(story.chance, address), named=(address,))  # fmt: skip


@kind(RECORD_KINDS)
def no_of_a_tagged_address(story: Story) -> None:
    who = story.person()
    record = begin(story)
    written = tagged(story.chance, who.addresses[0])
    story.version(who, record, True, story.moment(2), SECOND, email=written)


@kind(RECORD_KINDS)
def no_of_two_addresses(story: Story) -> None:
    who, other = story.person(), story.person()
    record = begin(story)
    named = (who.addresses[0], other.addresses[0])
    story.version(who, record, True, story.moment(2), SECOND,
                  email=both(story.chance, *named), named=named)  # fmt: skip


@kind(RECORD_KINDS)
def no_in_words_nobody_knows(story: Story) -> None:
    who = story.person()
    record = begin(story)
    flag = story.chance.choice(("opted out", "X", "2", "nie wieder", "TRUE!"))
    story.version(who, record, True, story.moment(2), SECOND, flag=flag)


@kind(RECORD_KINDS)
def no_before_another_address(story: Story) -> None:
    who, at = story.person(2), story.moment(2, 20)
    record = begin(story)
    story.version(who, record, True, at, SECOND)
    story.version(who, record, story.chance.choice((None, False)),
                  at + timedelta(days=9), LAST, email=who.addresses[1])  # fmt: skip


@kind(RECORD_KINDS)
def no_without_an_address(story: Story) -> None:
    who, at = story.person(), story.moment(2, 20)
    record = begin(story)
    story.version(who, record, None, at, FIRST)
    story.version(who, record, True, at + timedelta(days=9), LAST,
                  email=story.chance.choice(("", "unknown", "n/a")), named=())  # fmt: skip


@kind(RECORD_KINDS)
def no_in_a_late_file(story: Story) -> None:
    who, time = story.person(), story.chance.choice((None, story.moment(2)))
    record = begin(story)
    story.version(who, record, True, time, LATE_DAY, is_late=True)


@kind(RECORD_KINDS)
def no_refused_at_load(story: Story) -> None:
    who = story.person()
    story.version(who, story.key(), True, story.moment(2), SECOND,
                  broken=story.chance.choice(BROKEN))  # fmt: skip


@kind(RECORD_KINDS)
def no_in_a_file_that_came_again_without_it(story: Story) -> None:
    who = story.person()
    record = begin(story)
    story.version(who, record, True, story.moment(2), SECOND, is_forgotten=True)


@kind(RECORD_KINDS)
def any_versions(story: Story) -> None:
    who, chance = story.person(), story.chance
    record = begin(story)
    for _ in range(chance.randint(2, 5)):
        at = chance.choice((None, story.moment(), story.moment(3, 5)))
        is_no = chance.choice((True, False, False, None))
        left_out = chance.choice((None, None, story.records.time))
        story.version(who, record, is_no, at, chance.choice(DAYS), left_out=left_out,
                      is_late=chance.random() < 0.1)  # fmt: skip


def no_of_no_record(story: Story) -> None:
    story.version(story.person(), "", True, story.moment(2), SECOND)


def no_of_a_deleted_record(story: Story) -> None:
    who, at = story.person(), story.moment(2, 20)
    record = story.key()
    story.version(who, record, True, at, FIRST)
    says = story.chance.choice(("", "false", "true"))
    story.version(who, record, True if says == "true" else None,
                  at + timedelta(days=9), LAST, flag=says,
                  extra={"IsDeleted": "true"})  # fmt: skip


def no_of_a_lead_that_was_converted(story: Story) -> None:
    who, at = story.person(), story.moment(2, 20)
    lead, contact = story.key(), story.key()
    story.version(who, lead, True, at, FIRST)
    story.became[f"{story.table}/{lead}"] = f"salesforce/contacts/{contact}"
    became = {"IsConverted": "true", "ConvertedContactId": contact}
    story.version(who, lead, None, at + timedelta(days=1), SECOND, extra=became)
    story.version(who, contact, story.chance.choice((None, False)),
                  at + timedelta(days=2), LAST, table="salesforce/contacts")  # fmt: skip
