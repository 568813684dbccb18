"""Random histories of every kind at every source that can say no, from one seed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from tests.consents import decisions, kinds, mails
from tests.consents.layouts import KLAVIYO, MAILS, RECORDS
from tests.consents.statements import Flag, Statement
from tests.consents.story import DAYS, LAST, Line, Story

RECORD_TABLES = tuple(RECORDS)
MAIL_TABLES = (*MAILS, KLAVIYO)
OWN_EVENTS = ("sendgrid/events", "webhook/events", "generic/email_events")
SOME_TABLES: Mapping[kinds.Kind, tuple[str, ...]] = {
    kinds.no_of_no_record: tuple(
        table for table, layout in RECORDS.items() if not layout.needs_yes
    ),
    kinds.no_of_a_deleted_record: ("salesforce/contacts", "salesforce/leads"),
    kinds.no_of_a_lead_that_was_converted: ("salesforce/leads",),
    mails.mail_no_that_was_deleted: (KLAVIYO,),
    mails.mail_dropped: (*OWN_EVENTS, KLAVIYO),
    mails.mail_unsubscribed_in_a_new_word: OWN_EVENTS,
}


def all_kinds() -> list[tuple[kinds.Kind, str]]:
    """Return every kind with every table of which it can be told."""
    return [
        *((tell, table) for tell in kinds.RECORD_KINDS.values() for table in RECORD_TABLES),
        *((tell, table) for tell in kinds.MAIL_KINDS.values() for table in MAIL_TABLES),
        *((tell, table) for tell in kinds.DECISION_KINDS.values()
          for table in ("consent/ledger", "cmp/receipts")),
        *((tell, "consent/ledger") for tell in decisions.LEDGER_KINDS),
        *((tell, table) for tell, tables in SOME_TABLES.items() for table in tables),
    ]  # fmt: skip


def histories(count: int, seed: int) -> Iterator[Story]:
    """Return ``count`` histories; each depends on its number and ``seed`` alone."""
    told = all_kinds()
    for number in range(1, count + 1):
        tell, table = told[number % len(told)]
        chance = random.Random(f"{seed}/{number}")
        story = Story(number, tell.__name__, table, chance)
        tell(story)
        go_on(story)
        story.said = [as_one_record(one, story.became) for one in story.said]
        yield story


def as_one_record(said: Statement, became: Mapping[str, str]) -> Statement:
    """Return ``said``; of a record that was converted, as said of what it became."""
    if isinstance(said, Flag) and said.record in became:
        return replace(said, record=became[said.record])
    return said


def go_on(story: Story) -> None:
    """Let some histories go on: a yes, sooner or later, and rows that come again."""
    chance = story.chance
    address = story.people[0].addresses[0]
    if chance.random() < 0.4:
        at = chance.choice((story.moment(), story.moment(32, 34)))
        story.decide(address, True, at, LAST)
    flags = [one for one in story.said if isinstance(one, Flag)]
    if flags and story.table in RECORDS and chance.random() < 0.4:
        last = chance.choice(flags)
        at = (last.at or story.moment()) + timedelta(seconds=chance.choice((-9, 0, 9)))
        record = last.record.removeprefix(f"{story.table}/")
        if record != last.record:
            story.version(story.people[0], record, False, at, chance.choice(DAYS[1:]))
    if chance.random() < 0.15:
        again(story)


def again(story: Story) -> None:
    """Deliver a row of the ledger, and a version of a record, once more."""
    rows = [one for one in story.lines if one.table == "consent/ledger"]
    line = story.chance.choice(rows)
    if "T" in line.cells["event_time"] and not is_special(line):
        story.lines.append(replace(line, day=LAST))
    if story.versions:
        line, told = story.chance.choice(story.versions)
        if not is_special(line):
            story.lines.append(replace(line, day=LAST))
            story.said.append(replace(told, day=LAST))


def is_special(line: Line) -> bool:
    """Return whether what a line says hangs on the file that it stands in."""
    return bool(line.broken) or line.is_forgotten or line.is_late
