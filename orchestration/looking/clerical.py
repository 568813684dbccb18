"""The clerical list: pairs of people who may be one, for a human to decide."""

import csv
import io
from dataclasses import dataclass, fields
from pathlib import Path

from orchestration.home.files import write_atomically
from orchestration.home.published import published_tables, rows
from orchestration.home.settings import Settings
from orchestration.home.tables import has_table


@dataclass(frozen=True)
class Pair:
    """Two people who were not merged, side by side, with how likely they are one."""

    profile_id: str
    other_profile_id: str
    match_probability: float | None
    why: str | None
    first_name: str | None
    other_first_name: str | None
    last_name: str | None
    other_last_name: str | None
    email: str | None
    other_email: str | None
    phone: str | None
    other_phone: str | None
    birth_date: str | None
    other_birth_date: str | None
    postal_code: str | None
    other_postal_code: str | None


SIDES = ("first_name", "last_name", "email", "phone", "birth_date", "postal_code")


def read_clerical(settings: Settings) -> list[Pair]:
    """Return the pairs of the published night, the likeliest first.

    Raises:
        NothingPublishedError: there is no night to look at yet.
    """
    sides = ",\n".join(
        f"cast(one.{field} as varchar) as {field}, "
        f"cast(other.{field} as varchar) as other_{field}"
        for field in SIDES
    )
    with published_tables(settings) as (_, connection):
        if not has_table(connection, "people.possible_matches"):
            return []
        found = rows(
            connection,
            f"""
            select
                matches.profile_id, matches.other_profile_id,
                matches.match_probability, matches.why,
                {sides}
            from people.possible_matches as matches
            left join marts.profiles as one on one.profile_id = matches.profile_id
            left join
                marts.profiles as other
                on other.profile_id = matches.other_profile_id
            order by
                matches.match_probability desc nulls last,
                matches.profile_id, matches.other_profile_id
            """,
        )
    return [Pair(**row) for row in found]


def write_clerical(pairs: list[Pair], target: Path) -> None:
    """Write the pairs as CSV, readable by its owner only, with columns to decide in.

    What is filled in under `decision` (same, not_the_same) goes into the seed
    `identity_decisions.csv`, with the night from which it holds.
    """
    text = io.StringIO(newline="")
    names = [field.name for field in fields(Pair)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["decision", "reason", *names])
    for pair in pairs:
        cells = (getattr(pair, name) for name in names)
        writer.writerow(["", "", *("" if cell is None else cell for cell in cells)])
    write_atomically(target, text.getvalue().encode("utf-8"))
