-- Grain: one row per contact, as its newest version tells it.
with
    renamed as (
        select
            trim(contact_id) as record_key,
            {{ clean_email("email") }} as email,
            {{ clean_phone("phone") }} as phone,
            {{ read_name("first_name") }} as first_name,
            {{ read_name("last_name") }} as last_name,
            lower({{ read_text("gender") }}) as gender,
            lower({{ read_text('"language"') }}) as language,
            {{ read_text("street") }} as street,
            {{ read_text("city") }} as city,
            {{ read_text("region") }} as region,
            {{ read_text("postal_code") }} as postal_code,
            {{ read_text("country") }} as country_name,
            {{ read_text("time_zone") }} as time_zone,
            lower({{ read_text("stage") }}) as crm_stage,

            -- an opt-out that cannot be read is one
            coalesce(
                {{ read_boolean("opted_out") }},
                {{ read_text("opted_out") }} is not null
            ) as is_opted_out,
            {{ read_date("birth_date") }} as birth_date,
            {{ read_text("birth_date") }} as birth_date_text,
            {{ read_instant("created_at") }} as created_at,
            {{ read_instant("updated_at") }} as updated_at,
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("generic", "contacts") }} as row_content
        from {{ readable_rows("generic", "contacts") }}
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
