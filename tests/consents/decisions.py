"""The kinds of history that a consent ledger or a consent platform tells."""

from datetime import datetime, timedelta

from tests.consents.kinds import BROKEN, DECISION_KINDS, UNREADABLE_TIMES, kind
from tests.consents.spellings import both, oddly, tagged
from tests.consents.story import FIRST_GRANT, LATE_DAY, SECOND, Story


@kind(DECISION_KINDS)
def withdrawn_plainly(story: Story) -> None:
    (address,) = story.person().addresses
    story.decide(address, False, story.moment(2), SECOND, table=story.table)


@kind(DECISION_KINDS)
def withdrawn_by_an_odd_address(story: Story) -> None:
    (address,) = story.person().addresses
    story.decide(oddly(story.chance, address), False, story.moment(2), SECOND,
                 table=story.table, named=(address,))  # fmt: skip


@kind(DECISION_KINDS)
def withdrawn_by_a_tagged_address(story: Story) -> None:
    (address,) = story.person().addresses
    story.decide(tagged(story.chance, address), False, story.moment(2), SECOND,
                 table=story.table)  # fmt: skip


@kind(DECISION_KINDS)
def withdrawn_by_two_addresses(story: Story) -> None:
    named = (story.person().addresses[0], story.person().addresses[0])
    # a row whose subject is none counts from the end of its file's day
    story.decide(both(story.chance, *named), False, story.moment(2), SECOND,
                 table=story.table, named=named, means={"at": None})  # fmt: skip


@kind(DECISION_KINDS)
def withdrawn_at_an_unreadable_time(story: Story) -> None:
    (address,) = story.person().addresses
    story.decide(address, False, None, SECOND, table=story.table,
                 time=story.chance.choice(("", *UNREADABLE_TIMES)))  # fmt: skip


@kind(DECISION_KINDS)
def withdrawn_in_a_refused_row(story: Story) -> None:
    (address,) = story.person().addresses
    story.decide(address, False, story.moment(2), SECOND, table=story.table,
                 broken=story.chance.choice(BROKEN))  # fmt: skip


@kind(DECISION_KINDS)
def withdrawn_in_a_late_file(story: Story) -> None:
    (address,) = story.person().addresses
    story.decide(address, False, story.moment(2), LATE_DAY, table=story.table,
                 is_late=True)  # fmt: skip


@kind(DECISION_KINDS)
def withdrawn_in_a_file_that_came_again_without_it(story: Story) -> None:
    (address,) = story.person().addresses
    story.decide(address, False, story.moment(2), SECOND, table=story.table,
                 is_forgotten=True)  # fmt: skip


@kind(DECISION_KINDS)
def withdrawn_in_the_second_of_a_grant(story: Story) -> None:
    (address,) = story.person().addresses
    at = story.moment(2)
    story.decide(address, False, at + timedelta(milliseconds=100), SECOND,
                 table=story.table)  # fmt: skip
    story.decide(address, True, at + timedelta(milliseconds=900), SECOND)


@kind(DECISION_KINDS)
def withdrawn_by_phone(story: Story) -> None:
    who = story.person()
    story.decide(who.phone, False, story.moment(2), SECOND, table=story.table)
    known_by_phone(story)


@kind(DECISION_KINDS)
def withdrawn_by_phone_at_an_unreadable_time(story: Story) -> None:
    who = story.person()
    story.decide(who.phone, False, None, SECOND, table=story.table, time="soon")
    known_by_phone(story)


def known_by_phone(story: Story) -> None:
    """Let the CRM know the phone of the story's person."""
    story.version(story.people[0], story.key(), None, story.moment(2), SECOND,
                  table="hubspot/contacts")  # fmt: skip


def withdrawn_in_words_nobody_knows(story: Story) -> None:
    (address,) = story.person().addresses
    column, words = story.chance.choice(
        (
            ("channel", ("", "all", "newsletter")),
            ("purpose", ("", "all", "news & offers")),
            ("status", ("", "revoked", "opt-out", "granted?")),
        )
    )
    word = story.chance.choice(words)
    # so does a row that says nothing where it must
    story.decide(address, False, story.moment(2), SECOND, cells={column: word},
                 means={} if word else {"at": None})  # fmt: skip


def withdrawn_from_something_else(story: Story) -> None:
    (address,) = story.person().addresses
    cells = story.chance.choice(({"channel": "sms"}, {"purpose": "personalisation"}))
    story.decide(address, False, story.moment(2), SECOND, cells=cells, means=cells)


def granted_without_confirmation(story: Story) -> None:
    who = story.person(agrees=False)
    (address,) = who.addresses
    confirmed = story.chance.choice(
        (None, datetime(2027, 1, 1), datetime(2026, 4, 5, 23), datetime(2026, 4, 5, 22, 59, 59))
    )  # fmt: skip
    story.decide(address, True, FIRST_GRANT, SECOND, cells={"jurisdiction": "DE"},
                 means={"jurisdiction": "DE", "confirmed_at": confirmed})  # fmt: skip


def granted_in_one_second_on_two_grounds(story: Story) -> None:
    who = story.person()
    (address,) = who.addresses
    at = story.moment(2)
    other = story.chance.choice(
        ({"lawful_basis": "legitimate_interest"}, {"jurisdiction": "DE"})
    )
    means = {("basis" if key == "lawful_basis" else key): value
             for key, value in other.items()}  # fmt: skip
    story.decide(address, True, at, SECOND)
    story.decide(address, True, at, SECOND, cells=other, means=means)


LEDGER_KINDS = (
    withdrawn_in_words_nobody_knows,
    withdrawn_from_something_else,
    granted_without_confirmation,
    granted_in_one_second_on_two_grounds,
)
