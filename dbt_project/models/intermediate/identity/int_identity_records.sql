-- Grain: one row per contact, account or order that says something of a person, with
-- the connected part of the graph that it is in. What probable links are looked for in.
with
    parts as (
        select unioned.record_id, min(components.component_id) as component_id
        from {{ ref("int_identifiers_unioned") }} as unioned
        inner join {{ ref("int_identifiers_trusted") }} as trusted using (identifier)
        inner join {{ ref("int_components") }} as components using (identifier)
        where trusted.is_trusted
        group by unioned.record_id
    ),

    records as (
        select
            concat(source, '/', record_key) as record_id,
            source,
            first_name,
            last_name,
            cast(null as string) as full_name,
            email,
            phone,
            birth_date,
            birth_date_text,
            street,
            city,
            region,
            postal_code,
            country_code,
            gender,
            -- staff keep a CRM, but an account at a shop is opened by who it is of
            {{ record_identifier_type("source") }} = 'customer' as is_own_account,
            updated_at
        from {{ ref("int_contacts_unioned") }}
        union all
        -- the newest way in which a person was billed; the same one twice says
        -- nothing new
        select
            concat(source, '/order/', order_id),
            source,
            null,
            null,
            billing_name,
            email,
            phone,
            null,
            null,
            street,
            city,
            region,
            postal_code,
            country_code,
            null,
            false,
            ordered_at
        from {{ ref("int_orders_unioned") }}
        where billing_name is not null
    )

select
    records.record_id,
    records.source,
    parts.component_id,
    records.first_name,
    records.last_name,
    records.full_name,
    records.email,
    records.phone,
    records.birth_date,
    records.birth_date_text,
    records.street,
    records.city,
    records.region,
    records.postal_code,
    records.country_code,
    records.gender,
    records.is_own_account,
    records.updated_at
from records
inner join parts using (record_id)
