-- Grain: one row per contact, or record that was merged into one, and identifier that
-- it carries. A record carries the ids of those that were merged into it, and its
-- further addresses, whether it was delivered itself or not.
with
    contacts as (
        select
            source,
            concat(source, '/', record_key) as record_id,
            record_key,
            email,
            phone,
            {{ name_key("concat(coalesce(first_name, ''), coalesce(last_name, ''))") }}
            as name_key,
            known_from_date
        from {{ ref("int_contacts_unioned") }}
    ),

    merged as (
        select distinct
            concat(source, '/', record_key) as record_id,
            source,
            {{ record_identifier_type("source") }} as identifier_type,
            concat(source, '/', merged_key) as identifier_value,
            known_from_date
        from {{ ref("int_merged_records_unioned") }}
        union all
        select distinct
            concat(source, '/', record_key), source, 'email', email, known_from_date
        from {{ ref("int_additional_addresses_unioned") }}
    ),

    of_merged as (
        select
            record_id,
            source,
            identifier_type,
            identifier_value,
            min(known_from_date) as known_from_date
        from
            (
                select *
                from merged
                union all
                select
                    record_id,
                    source,
                    {{ record_identifier_type("source") }},
                    record_id,
                    known_from_date
                from merged
            ) as carried
        where
            not exists (
                select 1
                from contacts
                where
                    contacts.record_id = carried.record_id
                    and (
                        carried.identifier_value = contacts.record_id
                        or carried.identifier_type = 'email'
                        and carried.identifier_value = contacts.email
                    )
            )
        group by record_id, source, identifier_type, identifier_value
    )

select
    record_id,
    source,
    {{ record_identifier_type("source") }} as identifier_type,
    concat(source, '/', record_key) as identifier_value,
    name_key,
    known_from_date,
    true as is_account
from contacts
union all
select
    record_id,
    source,
    'email' as identifier_type,
    email as identifier_value,
    name_key,
    known_from_date,
    true as is_account
from contacts
where email is not null
union all
-- a phone is a household's; together with a name it is a person's
select
    record_id,
    source,
    'phone_and_name' as identifier_type,
    concat(phone, '/', name_key) as identifier_value,
    name_key,
    known_from_date,
    true as is_account
from contacts
where phone is not null and name_key <> ''
union all
select
    record_id,
    source,
    identifier_type,
    identifier_value,
    '' as name_key,
    known_from_date,
    true as is_account
from of_merged
