-- Grain: one row per person of the CRM: a contact, or a lead that is none yet.
-- A converted lead is its contact: it goes by the contact's id, gives way to the
-- contact's own record, and leaves it its opt-out and its earlier date of creation. A
-- deleted record is nobody any more, and a lead does not bring its deleted contact
-- back.
with
    records as (
        select
            record_key,
            1 as precedence,
            record_key as own_key,
            email,
            phone,
            first_name,
            last_name,
            city,
            region,
            postal_code,
            country_code,
            cast(null as string) as crm_stage,
            is_opted_out,
            is_deleted,
            birth_date,
            created_at,
            updated_at,
            known_from_date
        from {{ ref("stg_salesforce__contacts") }}
        union all
        select
            case
                when is_converted
                then coalesce(converted_contact_key, record_key)
                else record_key
            end as record_key,
            2 as precedence,
            record_key as own_key,
            email,
            phone,
            first_name,
            last_name,
            city,
            region,
            postal_code,
            country_code,
            crm_stage,
            is_opted_out,
            is_deleted,
            cast(null as date) as birth_date,
            created_at,
            updated_at,
            known_from_date
        from {{ ref("stg_salesforce__leads") }}
        -- a deleted lead says nothing of the contact that it became
        where not is_deleted
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by record_key
                order by
                    precedence nulls last,
                    updated_at desc nulls last,
                    own_key nulls last
            ) as place,
            max(case when is_opted_out then 1 else 0 end) over (
                partition by record_key
            ) as opt_outs,
            min(created_at) over (partition by record_key) as first_created_at
        from records
    )

select
    record_key,
    email,
    phone,
    first_name,
    last_name,
    city,
    region,
    postal_code,
    country_code,
    crm_stage,
    opt_outs > 0 as is_opted_out,
    birth_date,
    first_created_at as created_at,
    updated_at,
    known_from_date
from ranked
where place = 1 and not is_deleted
