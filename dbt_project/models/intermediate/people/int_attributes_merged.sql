-- Grain: one row per person: for each field the value of the best source that has one.
-- Order of trust: the CRM, then the shop, then the order's billing name; within a
-- source the newest record. A person known by a device only is nobody yet and stands
-- not here.
with
    records as (
        select distinct unioned.record_id, resolved.profile_id
        from {{ ref("int_identifiers_unioned") }} as unioned
        inner join {{ ref("int_identities_resolved") }} as resolved using (identifier)
        inner join
            {{ ref("int_identifiers_trusted") }} as identifiers using (identifier)
        where identifiers.is_trusted or unioned.identifier_type in ('crm', 'customer')
    ),

    contacts as (
        select
            records.profile_id,
            contacts.*,
            row_number() over (
                partition by records.profile_id
                order by
                    case
                        when {{ record_identifier_type("contacts.source") }} = 'crm'
                        then 1
                        when
                            contacts.source
                            in ('shopify', 'woocommerce', 'magento', 'generic')
                        then 2
                        else 3
                    end
                    nulls last,
                    contacts.updated_at desc nulls last,
                    contacts.record_key nulls last
            ) as trust
        from {{ ref("int_contacts_unioned") }} as contacts
        inner join
            records
            on records.record_id = concat(contacts.source, '/', contacts.record_key)
    ),

    people as (
        select distinct profile_id
        from {{ ref("int_identities_resolved") }}
        where identifier_type <> 'device'
    )

select
    people.profile_id,
    {% for field in [
        "first_name",
        "last_name",
        "gender",
        "language",
        "city",
        "region",
        "postal_code",
        "country_code",
        "time_zone",
        "crm_stage",
        "phone",
        "birth_date",
    ] %}
        min_by(contacts.{{ field }}, contacts.trust) filter (
            where contacts.{{ field }} is not null
        ) as {{ field }},
    {% endfor %}
    min(contacts.created_at) as created_at
from people
left join contacts using (profile_id)
group by people.profile_id
