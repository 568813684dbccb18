-- Grain: one row per lead of the CRM, as its newest version tells it, converted and
-- deleted ones included.
with
    renamed as (
        select
            trim("Id") as record_key,
            {{ read_text('"ConvertedContactId"') }} as converted_contact_key,
            {{ clean_email('"Email"') }} as email,
            {{ clean_phone('coalesce(nullif(trim("MobilePhone"), \'\'), "Phone")') }}
            as phone,
            {{ read_name('"FirstName"') }} as first_name,
            {{ read_name('"LastName"') }} as last_name,
            {{ read_text('"City"') }} as city,
            {{ read_text('"State"') }} as region,
            {{ read_text('"PostalCode"') }} as postal_code,
            {{ read_text('"Country"') }} as country_name,
            lower({{ read_text('"Status"') }}) as crm_stage,

            -- an opt-out that cannot be read is one; a deletion that cannot is none
            coalesce(
                {{ read_boolean('"HasOptedOutOfEmail"') }},
                {{ read_text('"HasOptedOutOfEmail"') }} is not null
            ) as is_opted_out,
            coalesce({{ read_boolean('"IsDeleted"') }}, false) as is_deleted,
            coalesce({{ read_boolean('"IsConverted"') }}, false) as is_converted,
            {{ read_instant('"CreatedDate"') }} as created_at,
            {{ read_instant('"LastModifiedDate"') }} as updated_at,

            -- a deletion is stamped by the system, not by a user
            coalesce(
                {{ read_instant('"SystemModstamp"') }},
                {{ read_instant('"LastModifiedDate"') }}
            ) as version_at,
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("salesforce", "leads") }} as row_content
        from {{ readable_rows("salesforce", "leads") }}
    ),

    numbered as (
        select
            *,
            min(export_date) over (partition by record_key) as known_from_date,
            row_number() over (
                partition by record_key
                order by
                    version_at desc nulls last,
                    export_date desc nulls last,
                    source_file desc nulls last,
                    is_opted_out desc nulls last,
                    row_content nulls last
            ) as newness
        from renamed
    )

select
    record_key,
    converted_contact_key,
    email,
    phone,
    first_name,
    last_name,
    city,
    region,
    postal_code,
    coalesce(countries.country_code, upper(numbered.country_name)) as country_code,
    crm_stage,
    is_opted_out,
    is_deleted,
    is_converted,
    created_at,
    updated_at,
    known_from_date
from numbered
left join
    {{ ref("countries") }} as countries
    on lower(countries.country_name) = lower(numbered.country_name)
where newness = 1
