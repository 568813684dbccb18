"""Everything that the published night knows of who one person is, and why."""

from dataclasses import dataclass

import duckdb

from orchestration.home.published import Row, published_tables, rows
from orchestration.home.settings import Settings
from orchestration.home.tables import has_table
from orchestration.looking.lookup import find_profile


@dataclass(frozen=True)
class Person:
    """One person, as lists of rows by column name."""

    night: str
    profile_id: str
    golden_record: list[Row]
    """field, field_value, source, record_id, updated_at, rule, is_fallback, runners-up."""
    identifiers: list[Row]
    """identifier, is_trusted, record_count."""
    records: list[Row]
    """record_id, source, identifiers; names where the record has some."""
    exact_links: list[Row]
    """identifier and the records that it ties together."""
    probable_links: list[Row]
    """left and right record, weight, probability, band, evidence."""
    possible_matches: list[Row]
    """other_profile_id, probability, why: not merged."""
    history: list[Row]
    """night, event, profile_id, other_profile_id, reason."""
    old_ids: list[Row]
    frozen: list[Row]
    """limit, size and what was kept where the brake stopped a merge."""
    restrictions: list[Row]
    """channel, purpose, whose no it is, since when."""


def read_person(settings: Settings, person: str) -> Person:
    """Return the one whom ``person`` names: an id, address, phone or record.

    Raises:
        NothingPublishedError: there is no night to look at yet.
        PersonNotFoundError: nobody is known by that.
        SeveralPeopleError: several people are.
    """
    with published_tables(settings) as (published, connection):
        profile = find_profile(connection, settings, person)
        return Person(
            night=published.night,
            profile_id=profile,
            golden_record=optional(
                connection, "marts.profile_attributes", GOLDEN, profile
            ),
            identifiers=rows(connection, IDENTIFIERS, [profile]),
            records=rows(connection, RECORDS, [profile]),
            exact_links=rows(connection, EXACT_LINKS, [profile]),
            probable_links=optional(
                connection, "linked.probable_links", PROBABLE_LINKS, profile
            ),
            possible_matches=optional(
                connection, "people.possible_matches", POSSIBLE, profile
            ),
            history=optional(connection, "people.changes", HISTORY, profile),
            old_ids=optional(connection, "people.aliases", OLD_IDS, profile),
            frozen=optional(connection, "people.frozen", FROZEN, profile),
            restrictions=optional(
                connection, "marts.profile_restrictions", RESTRICTIONS, profile
            ),
        )


def optional(
    connection: duckdb.DuckDBPyConnection, table: str, query: str, profile: str
) -> list[Row]:
    """Return the rows about ``profile``, none where the night has no such table."""
    return rows(connection, query, [profile]) if has_table(connection, table) else []


GOLDEN = """
select
    field, field_value, source, record_id, updated_at, rule, is_fallback, runner_up_count
from marts.profile_attributes
where profile_id = ?
order by field
"""

IDENTIFIERS = """
select identifier_key as identifier, is_trusted, record_count
from marts.profile_identifiers
where profile_id = ?
order by identifier_type, identifier_key
"""

# a record is the person's by its own id or by an identifier that proves something
_OWN = """
with
    own as (
        select unioned.record_id, unioned.source, unioned.identifier, identifiers.is_trusted
        from intermediate.int_identifiers_unioned as unioned
        inner join
            marts.profile_identifiers as identifiers
            on identifiers.identifier_key = unioned.identifier
        where
            identifiers.profile_id = ?
            and (
                identifiers.is_trusted
                or identifiers.identifier_type in ('crm', 'customer')
            )
    )
"""

RECORDS = (
    _OWN
    + """
select
    own.record_id,
    own.source,
    list_sort(list(distinct own.identifier)) as identifiers,
    min(contacts.first_name) as first_name,
    min(contacts.last_name) as last_name,
    min(contacts.birth_date) as birth_date,
    min(contacts.postal_code) as postal_code
from own
left join
    intermediate.int_contacts_unioned as contacts
    on concat(contacts.source, '/', contacts.record_key) = own.record_id
group by own.record_id, own.source
order by own.source, own.record_id
"""
)

EXACT_LINKS = (
    _OWN
    + """
select
    identifier,
    count(distinct record_id) as record_count,
    list_sort(list(distinct record_id))[:5] as records
from own
where is_trusted
group by identifier
having count(distinct record_id) > 1
order by record_count desc, identifier
"""
)

PROBABLE_LINKS = """
with
    components as (
        select distinct components.component_id
        from intermediate.int_components as components
        inner join
            marts.profile_identifiers as identifiers
            on identifiers.identifier_key = components.identifier
        where identifiers.profile_id = ?
    )

select
    left_record_id,
    right_record_id,
    left_component_id in (from components)
    and right_component_id in (from components) as is_inside,
    round(match_weight, 2) as match_weight,
    match_probability,
    band,
    evidence,
    model_id
from linked.probable_links
where
    left_component_id in (from components) or right_component_id in (from components)
order by match_probability desc, left_record_id, right_record_id
"""

POSSIBLE = """
select
    case when profile_id = $1 then other_profile_id else profile_id end
        as other_profile_id,
    match_probability,
    why
from people.possible_matches
where profile_id = $1 or other_profile_id = $1
order by match_probability desc nulls last, other_profile_id
"""

HISTORY = """
select night, event, profile_id, other_profile_id, reason
from people.changes
where
    profile_id = $1
    or other_profile_id = $1
order by night, event, profile_id, other_profile_id
"""

OLD_IDS = """
select old_profile_id from people.aliases where profile_id = ? order by old_profile_id
"""

FROZEN = """
select component, limit_name, size, kept_as
from people.frozen
where profile_id = ?
order by component, limit_name
"""

RESTRICTIONS = """
select channel, purpose, origin, restricted_at, match_count
from marts.profile_restrictions
where profile_id = ?
order by channel, purpose, origin
"""
