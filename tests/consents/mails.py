"""The kinds of history that the events of email services tell."""

from collections.abc import Collection

from tests.consents.kinds import BROKEN, MAIL_KINDS, UNREADABLE_TIMES, kind
from tests.consents.layouts import KLAVIYO, KLAVIYO_WORDS, MAILS
from tests.consents.spellings import both, oddly, tagged
from tests.consents.story import LATE_DAY, SECOND, Story


def mail_no(story: Story) -> str:
    """Return a word of the story's service that is a no."""
    told = words_of(story.table)
    return story.chance.choice(
        sorted({"unsubscribe", "complaint", "bounce"} & set(told))
    )


def words_of(table: str) -> Collection[str]:
    """Return what a service can say."""
    return KLAVIYO_WORDS if table == KLAVIYO else MAILS[table].words


@kind(MAIL_KINDS)
def no_said_plainly(story: Story) -> None:
    (address,) = story.person().addresses
    story.mail(mail_no(story), story.moment(2), SECOND, email=address, named=(address,))


@kind(MAIL_KINDS)
def mail_no_of_an_odd_address(story: Story) -> None:
    (address,) = story.person().addresses
    story.mail(mail_no(story), story.moment(2), SECOND,
               email=oddly(story.chance, address), named=(address,))  # fmt: skip


@kind(MAIL_KINDS)
def mail_no_of_a_tagged_address(story: Story) -> None:
    (address,) = story.person().addresses
    written = tagged(story.chance, address)
    story.mail(mail_no(story), story.moment(2), SECOND, email=written, named=(written,))


@kind(MAIL_KINDS)
def mail_no_of_two_addresses(story: Story) -> None:
    named = (story.person().addresses[0], story.person().addresses[0])
    story.mail(mail_no(story), story.moment(2), SECOND,
               email=both(story.chance, *named), named=named)  # fmt: skip


@kind(MAIL_KINDS)
def mail_no_with_an_unreadable_time(story: Story) -> None:
    (address,) = story.person().addresses
    story.mail(mail_no(story), None, SECOND, email=address, named=(address,),
               time=story.chance.choice(("", *UNREADABLE_TIMES)))  # fmt: skip


@kind(MAIL_KINDS)
def mail_no_refused_at_load(story: Story) -> None:
    (address,) = story.person().addresses
    story.mail(mail_no(story), story.moment(2), SECOND, email=address, named=(address,),
               broken=story.chance.choice(BROKEN))  # fmt: skip


@kind(MAIL_KINDS)
def mail_no_of_another_address(story: Story) -> None:
    """The CRM and another system know one person by a phone and a name."""
    who = story.person(2)
    for address, table in zip(who.addresses, ("hubspot/contacts", "generic/contacts"),
                              strict=True):  # fmt: skip
        story.version(who, story.key(), None, story.moment(2), SECOND, email=address,
                      table=table)  # fmt: skip
    other = who.addresses[1]
    story.mail(mail_no(story), story.moment(2), SECOND, email=other, named=(other,))


def mail_no_that_was_deleted(story: Story) -> None:
    (address,) = story.person().addresses
    story.mail(mail_no(story), story.moment(2), SECOND, email=address, named=(address,),
               is_deleted=True)  # fmt: skip


@kind(MAIL_KINDS)
def mail_no_in_a_late_file(story: Story) -> None:
    (address,) = story.person().addresses
    story.mail(mail_no(story), story.moment(2), LATE_DAY, email=address,
               named=(address,), is_late=True)  # fmt: skip


@kind(MAIL_KINDS)
def mail_no_in_a_file_that_came_again_without_it(story: Story) -> None:
    (address,) = story.person().addresses
    story.mail(mail_no(story), story.moment(2), SECOND, email=address, named=(address,),
               is_forgotten=True)  # fmt: skip


def mail_dropped(story: Story) -> None:
    words = [one for one in words_of(story.table) if one.startswith("dropped")]
    (address,) = story.person().addresses
    story.mail(story.chance.choice(words), story.moment(2), SECOND, email=address,
               named=(address,))  # fmt: skip


def mail_unsubscribed_in_a_new_word(story: Story) -> None:
    (address,) = story.person().addresses
    words = [one for one in words_of(story.table) if "_unknown" in one]
    story.mail(story.chance.choice(words), story.moment(2), SECOND, email=address,
               named=(address,))  # fmt: skip
