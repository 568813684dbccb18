"""Find the profile that somebody means: by an id, an address, a phone or a record."""

import duckdb

from orchestration.home.published import rows
from orchestration.home.settings import Settings
from orchestration.home.tables import has_table
from orchestration.identity.cleaning.identifiers import judge_email, judge_phone


class PersonNotFoundError(Exception):
    """Nobody is known by that; the message does not repeat it."""


class SeveralPeopleError(Exception):
    """More than one person is; the message gives their profile ids."""


BY_NAME = """
select profile_id
from marts.profile_identifiers
where
    profile_id = $name
    or identifier_key = $name
    or (identifier_type <> 'email' and identifier_value = $name)
    or (identifier_type = 'email' and identifier_value = $email)
    or (identifier_type = 'phone_and_name' and split_part(identifier_value, '/', 1) = $phone)
union
select identifiers.profile_id
from intermediate.int_identifiers_unioned as unioned
inner join
    marts.profile_identifiers as identifiers
    on identifiers.identifier_key = unioned.identifier
    and (identifiers.is_trusted or identifiers.identifier_type in ('crm', 'customer'))
where unioned.record_id = $name
"""


def find_profile(
    connection: duckdb.DuckDBPyConnection, settings: Settings, person: str
) -> str:
    """Return the profile_id of ``person``; an old id leads to the one that holds now.

    Raises:
        PersonNotFoundError: nobody is known by that.
        SeveralPeopleError: several people are.
    """
    name = current_id(connection, person.strip())
    country = settings.variable("default_country")
    found = rows(
        connection,
        BY_NAME,
        {
            "name": name,
            "email": judge_email(name).value or name.lower(),
            "phone": judge_phone(name, country).value or name,
        },
    )
    profiles = sorted({str(row["profile_id"]) for row in found})
    if not profiles:
        raise PersonNotFoundError(
            "Nobody on the published night is known by that. Give a profile_id, an e-mail "
            "address, a phone number, or a record as SOURCE/KEY, for example hubspot/17 or "
            "shopify/order/#1042."
        )
    if len(profiles) > 1:
        raise SeveralPeopleError(
            f"{len(profiles)} people are known by that: {', '.join(profiles)}. "
            "Give one of these ids."
        )
    return profiles[0]


def current_id(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Return the id that an old profile_id stands for now, else ``name`` itself."""
    if not has_table(connection, "people.aliases"):
        return name
    found = rows(
        connection,
        "select profile_id from people.aliases where old_profile_id = ?",
        [name],
    )
    return str(found[0]["profile_id"]) if found else name
