"""What says of a pair of records that it is two people, however much else agrees."""

from collections.abc import Mapping, Sequence

from orchestration.identity.linkage.comparisons import Comparison

# Two people, whoever keeps the table: another first name or birth date and another mailbox,
# or another first name and another birth date.
ALWAYS = ("first_name_and_mailbox", "birth_date_and_mailbox", "name_and_birth_date")
# Two people unless the records of this table are wrong in that field as often as that.
UNLESS_MISTAKEN = {
    "first_name": "first_name",
    "other_name": "first_name",
    "other_name_and_birth_date": "first_name",
    "birth_date": "birth_date",
    "other_birth_date": "birth_date",
}
CONTRADICTIONS = (*UNLESS_MISTAKEN, *ALWAYS)
# These keep two apart, but a human may know better; by all others they are no question.
ASKED = ("other_name", "other_birth_date")
# Levels of a first name that two people of one family have as easily as one who mistypes.
OTHER_NAMES = ("alike", "a bit alike")
# A family shares its last name and nearly all else, so another last name beside all else that
# agrees is a mistake. Where another first name or birth date is as frequent as that, or up to
# so many times, it is one, too; where it is more frequent, or nothing is known, there are
# families.
AS_OFTEN, FEWEST_SEEN = 4.0, 10.0


def contradictions(comparisons: Sequence[Comparison]) -> dict[str, str]:
    """Return by name SQL for whether a pair says of itself that it is two people.

    First names with nothing in common are two people's, whatever else they share: twins
    and couples share all else; names that are a bit alike, as Oliver and Olivia, are two
    unless a mailbox agrees. So are birth dates, unless a mailbox agrees, or, where people
    make many mistakes, a phone.
    """
    last = {one.name: len(one.levels) - 1 for one in comparisons}
    mailbox = "g_email between 1 and 2" if "email" in last else "false"
    phone = "g_phone = 1" if "phone" in last else "false"
    found = dict.fromkeys(CONTRADICTIONS, "false")
    for one in comparisons:
        if one.name == "first_name":
            found["first_name"] = f"g_first_name = {last['first_name']}"
            near = ", ".join(
                str(number)
                for number, level in enumerate(one.levels)
                if level.label in OTHER_NAMES
            )
            found["other_name"] = f"g_first_name in ({near}) and not {mailbox}"
            if "birth_date" in last:
                found["other_name_and_birth_date"] = (
                    f"g_first_name in ({near}) and g_birth_date = {last['birth_date']}"
                )
        if one.name == "birth_date":
            other = f"g_birth_date = {last['birth_date']} and not {mailbox}"
            found["birth_date"] = f"{other} and not {phone}"
            found["other_birth_date"] = other
    if "email" in last:
        for name in ("first_name", "birth_date"):
            found[f"{name}_and_mailbox"] = (
                f"({found[name]}) and g_email = {last['email']}"
            )
    if "first_name" in last and "birth_date" in last:
        found["name_and_birth_date"] = (
            f"g_first_name = {last['first_name']} and g_birth_date = {last['birth_date']}"
        )
    return found


def held_apart(seen: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
    """Return which contradictions hold in a table.

    ``seen`` are by comparison how many pairs of one person came out at each known level.
    """
    wrong = {
        name: (counts[-1], counts[-1] / max(1.0, sum(counts)))
        for name, counts in seen.items()
        if len(counts)
    }
    mistakes, share = wrong.get("last_name", (0.0, 0.0))
    if mistakes < FEWEST_SEEN:
        return CONTRADICTIONS
    lifted = {
        name
        for name, field in UNLESS_MISTAKEN.items()
        if wrong.get(field, (0.0, 0.0))[1] <= AS_OFTEN * share
    }
    return tuple(one for one in CONTRADICTIONS if one not in lifted)
