"""A no holds for whoever probably is the same person: from the link to the gate."""

import re
from pathlib import Path

import pytest

from tests.orchestration.identity.small_people import House, Probable, Record

ANA = Record("hubspot/1", ("crm:hubspot/1", "email:ana@x.example"))
ANNA = Record("hubspot/2", ("crm:hubspot/2", "email:anna@work.example"))
OTHER = Record("hubspot/3", ("crm:hubspot/3", "email:cem@x.example"))
# From the people step to the gate, in this order; all else is written by hand.
MODELS = (
    "stg_people__identifiers",
    "stg_people__possible_matches",
    "int_identities_resolved",
    "int_phones_attributed",
    "int_refusals_attributed",
    "int_consents_attributed",
    "consents",
    "profile_restrictions",
    "act_contactable_profiles",
)
BY_HAND = """
alter table intermediate.int_components add column identifier_value varchar;
update intermediate.int_components set identifier_value = split_part(identifier, ':', 2);
create schema staging; create schema marts; create schema activation;
create schema if not exists clock;
create or replace table clock.run_context as
select date '2026-04-05' as as_of_date, timestamp '2026-04-05 23:00' as as_of_at;
create table staging.stg_nightpost__sources as
select true as is_fresh, true as is_consent_source, false as has_unknown_rows;
create table intermediate.int_refusals (
    refusal_id varchar, source varchar, table_name varchar, record_key varchar,
    kind varchar, email varchar, phone varchar, contact varchar,
    is_from_everything boolean, said_at timestamp, refused_at timestamp,
    first_export_date date, last_export_date date, first_file_id varchar,
    lifted_at timestamp, lifted_by_file_id varchar
);
create table intermediate.int_contacts_unioned (
    source varchar, record_key varchar, email varchar, phone varchar
);
alter table intermediate.int_orders_unioned add column customer_key varchar;
alter table intermediate.int_orders_unioned add column email varchar;
alter table intermediate.int_orders_unioned add column phone varchar;
create table reference.consent_rules as
select 'GB' as jurisdiction, false as requires_double_opt_in;
create table intermediate.int_device_consents_unioned (
    source varchar, event_id varchar, has_gpc_signal boolean, banner_version varchar,
    jurisdiction varchar, decided_at timestamp, device_id varchar, purpose varchar,
    status varchar
);
create table intermediate.int_consents_unioned as
select
    'consent' as source, event_id, email, null::varchar as phone, 'email' as channel,
    'marketing' as purpose, 'consent' as lawful_basis, status,
    false as is_from_everything, 'form' as consent_source, '1' as policy_version,
    'GB' as jurisdiction, null::timestamp as double_opt_in_at, event_at,
    null::date as known_from_date, false as is_told_elsewhere
from (values
    ('e1', 'ana@x.example', 'granted', timestamp '2025-01-01'),
    ('e2', 'anna@work.example', 'granted', timestamp '2025-01-01'),
    ('e3', 'anna@work.example', 'withdrawn', timestamp '2025-02-01'),
    ('e4', 'cem@x.example', 'granted', timestamp '2025-01-01')
) as events (event_id, email, status, event_at);
create table marts.email_suppressions (email varchar, mailbox varchar);
create table marts.profile_identifiers as
select identifier as identifier_key, profile_id, true as is_trusted
from people.identifiers;
create table marts.profiles as
select profile_id, min(split_part(identifier, ':', 2)) as email
from people.identifiers where identifier like 'email:%' group by profile_id;
"""


def reasons(house: House, compiled_sql: dict[str, str]) -> dict[str, str | None]:
    """Return for each address that is written to why it is not."""
    house.warehouse.execute(BY_HAND)
    for name in MODELS:
        sql = compiled_sql[name].replace('"nightpost".', "")
        layer = "staging" if name.startswith("stg_") else "intermediate"
        if name.startswith("act_"):
            layer = "activation"
        elif not re.match("stg_|int_", name):
            layer = "marts"
        house.warehouse.execute(f"create view {layer}.{name} as {sql}")
    return dict(
        house.warehouse.execute(
            "select email, exclusion_reason from activation.act_contactable_profiles"
        ).fetchall()
    )


@pytest.mark.parametrize(
    ("band", "told"),
    [
        (None, {"ana@x.example": None, "anna@work.example": "withdrawn"}),
        (
            "clerical",
            {
                "ana@x.example": "restricted_by_possible_match",
                "anna@work.example": "withdrawn",
            },
        ),
        # one person now: the no of the other address holds for the one written to
        ("certain", {"ana@x.example": "withdrawn_on_other_address"}),
    ],
)
def test_an_opt_out_holds_after_a_probable_merge_and_over_a_possible_match(
    tmp_path: Path,
    compiled_sql: dict[str, str],
    band: str | None,
    told: dict[str, str | None],
) -> None:
    house = House(tmp_path)
    house.night(0, [ANA, ANNA, OTHER], links=[])
    links = [
        Probable("email:ana@x.example", "email:anna@work.example", 0.99, band or "")
    ]
    house.night(1, [ANA, ANNA, OTHER], links=links if band else [])

    assert reasons(house, compiled_sql) == {**told, "cem@x.example": None}
