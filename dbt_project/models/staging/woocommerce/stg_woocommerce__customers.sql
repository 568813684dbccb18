-- Grain: one row per customer account, as it was last modified.
with
    renamed as (
        select
            -- ids
            trim(id) as record_key,

            -- strings; the account's own name, else the one that it is billed to
            {{ clean_email("email") }} as email,
            {{ json_text("billing", "$.phone") }} as billing_phone,
            coalesce(
                {{ read_name("first_name") }},
                {{ read_name(json_text("billing", "$.first_name")) }}
            ) as first_name,
            coalesce(
                {{ read_name("last_name") }},
                {{ read_name(json_text("billing", "$.last_name")) }}
            ) as last_name,
            {{ read_text(json_text("billing", "$.address_1")) }} as street,
            {{ read_text(json_text("billing", "$.city")) }} as city,
            {{ read_text(json_text("billing", "$.state")) }} as region,
            {{ read_text(json_text("billing", "$.postcode")) }} as postal_code,
            upper({{ read_text(json_text("billing", "$.country")) }}) as country_code,

            -- timestamps in UTC
            {{ read_utc_time("date_created_gmt") }} as created_at,
            {{ read_utc_time("date_modified_gmt") }} as updated_at,

            -- lineage
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("woocommerce", "customers") }} as row_content
        from {{ readable_rows("woocommerce", "customers") }}
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
                    row_content nulls last
            ) as newness
        from renamed
    )

select
    record_key,
    email,
    {{ clean_phone("billing_phone") }} as phone,
    first_name,
    last_name,
    street,
    city,
    region,
    postal_code,
    country_code,
    created_at,
    updated_at,
    known_from_date
from numbered
where newness = 1
