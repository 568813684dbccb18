-- Grain: one row per phone number and person who uses it: by a name beside it, or
-- because a record or order of theirs has it.
with
    records as (
        select phone, email, source, record_key
        from {{ ref("int_contacts_unioned") }}
        where phone is not null
        union
        select phone, email, source, customer_key as record_key
        from {{ ref("int_orders_unioned") }}
        where phone is not null
    ),

    identified as (
        select phone, concat('email:', email) as identifier
        from records
        where email is not null
        union
        select
            phone,
            concat(
                {{ record_identifier_type("source") }}, ':', source, '/', record_key
            ) as identifier
        from records
        where record_key is not null
    )

-- the phone stands before the name
select split_part(identifier_value, '/', 1) as phone, profile_id
from {{ ref("int_identities_resolved") }}
where identifier_type = 'phone_and_name'
union
select identified.phone, identities.profile_id
from identified
inner join {{ ref("int_identities_resolved") }} as identities using (identifier)
