-- Grain: one row per CRM contact, as the newest export tells it.
with
    renamed as (
        select
            -- ids
            trim("Record ID") as record_key,

            -- strings
            {{ clean_email('"Email"') }} as email,
            {{
                clean_phone(
                    'coalesce(nullif(trim("Mobile Phone Number"), \'\'), "Phone Number")'
                )
            }}
            as phone,
            {{ read_name('"First Name"') }} as first_name,
            {{ read_name('"Last Name"') }} as last_name,
            lower({{ read_text('"Gender"') }}) as gender,
            lower({{ read_text('"Preferred language"') }}) as language,
            {{ read_text('"Street Address"') }} as street,
            {{ read_text('"City"') }} as city,
            {{ read_text('"State/Region"') }} as region,
            {{ read_text('"Postal Code"') }} as postal_code,
            {{ read_text('"Country/Region"') }} as country_name,
            {{ read_text('"Time Zone"') }} as time_zone,
            lower({{ read_text('"Lifecycle Stage"') }}) as crm_stage,

            -- booleans, dates; an opt-out that cannot be read is one
            coalesce(
                {{ read_boolean('"Unsubscribed from all email"') }},
                {{ read_text('"Unsubscribed from all email"') }} is not null
            ) as is_opted_out,
            {{ read_date('"Date of birth"') }} as birth_date,
            {{ read_text('"Date of birth"') }} as birth_date_text,

            -- timestamps in UTC, then lineage
            {{ read_local_time('"Create Date"') }} as created_at,
            {{ read_local_time('"Last Modified Date"') }} as updated_at,
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("hubspot", "contacts") }} as row_content
        from {{ readable_rows("hubspot", "contacts") }}
    ),

    numbered as (
        select
            *,
            min(export_date) over (partition by record_key) as known_from_date,
            row_number() over (
                partition by record_key
                order by
                    updated_at desc nulls last,
                    export_date desc nulls last,
                    source_file desc nulls last,
                    is_opted_out desc nulls last,
                    row_content nulls last
            ) as newness
        from renamed
    )

select
    record_key,
    email,
    phone,
    first_name,
    last_name,
    gender,
    language,
    street,
    city,
    region,
    postal_code,
    coalesce(countries.country_code, upper(numbered.country_name)) as country_code,
    time_zone,
    crm_stage,
    is_opted_out,
    birth_date,
    birth_date_text,
    created_at,
    updated_at,
    known_from_date
from numbered
left join
    {{ ref("countries") }} as countries
    on lower(countries.country_name) = lower(numbered.country_name)
where newness = 1
