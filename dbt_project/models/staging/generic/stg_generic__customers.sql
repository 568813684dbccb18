-- Grain: one row per customer, as the newest export tells it.
with
    renamed as (
        select
            -- ids
            trim(customer_id) as record_key,

            -- strings
            {{ clean_email("email") }} as email,
            {{ clean_phone("phone") }} as phone,
            {{ read_name("first_name") }} as first_name,
            {{ read_name("last_name") }} as last_name,
            lower({{ read_text("language") }}) as language,
            {{ read_text("city") }} as city,
            {{ read_text("region") }} as region,
            {{ read_text("postal_code") }} as postal_code,
            upper({{ read_text("country_code") }}) as country_code,

            -- dates, timestamps in UTC, then lineage
            {{ read_date("birth_date") }} as birth_date,
            {{ read_instant("created_at") }} as created_at,
            {{ read_instant("updated_at") }} as updated_at,
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("generic", "customers") }} as row_content
        from {{ readable_rows("generic", "customers") }}
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by record_key
                order by
                    export_date desc nulls last,
                    updated_at desc nulls last,
                    source_file desc nulls last,
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
    language,
    city,
    region,
    postal_code,
    country_code,
    birth_date,
    created_at,
    updated_at
from numbered
where newness = 1
