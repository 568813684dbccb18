"""What says of a pair of records that it is two people, however much else agrees."""

from collections.abc import Sequence

from orchestration.identity.linkage.comparisons import Comparison

# What may say that two records are two people's; the first of each field is the surer one.
CONTRADICTIONS = ("first_name", "other_name", "birth_date", "other_birth_date")
# The same where the two have different mailboxes, too.
SURELY = ("first_name", "birth_date")
SURE_CONTRADICTIONS = ("first_name_and_mailbox", "birth_date_and_mailbox")
# Levels of a first name that two people of one family have as easily as one who mistypes.
OTHER_NAMES = ("alike", "a bit alike")


def contradictions(comparisons: Sequence[Comparison]) -> dict[str, str]:
    """Return by comparison SQL for whether a pair says of itself that it is two people.

    First names with nothing in common are two people's, whatever else they share: twins
    and couples share all else; names that are a bit alike, as Oliver and Olivia, are two
    unless a mailbox agrees. So are birth dates, unless a mailbox agrees, or, where people
    make many mistakes, a phone.
    """
    last = {one.name: len(one.levels) - 1 for one in comparisons}
    mailbox = "g_email between 1 and 2" if "email" in last else "false"
    phone = "g_phone = 1" if "phone" in last else "false"
    found = dict.fromkeys((*CONTRADICTIONS, *SURE_CONTRADICTIONS), "false")
    for one in comparisons:
        if one.name == "first_name":
            found["first_name"] = f"g_first_name = {last['first_name']}"
            near = ", ".join(
                str(number)
                for number, level in enumerate(one.levels)
                if level.label in OTHER_NAMES
            )
            found["other_name"] = f"g_first_name in ({near}) and not {mailbox}"
        if one.name == "birth_date":
            other = f"g_birth_date = {last['birth_date']} and not {mailbox}"
            found["birth_date"] = f"{other} and not {phone}"
            found["other_birth_date"] = other
    if "email" in last:
        for sure, name in zip(SURE_CONTRADICTIONS, SURELY, strict=True):
            found[sure] = f"({found[name]}) and g_email = {last['email']}"
    return found
