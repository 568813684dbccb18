-- Grain: one row per customer account, as the newest export tells it.
with
    renamed as (
        select
            -- ids; the export protects numbers from spreadsheets with an apostrophe
            trim(replace("Customer ID", '''', '')) as record_key,

            -- strings
            {{ clean_email('"Email"') }} as email,
            {{ clean_phone('"Phone"') }} as phone,
            {{ read_name('"First Name"') }} as first_name,
            {{ read_name('"Last Name"') }} as last_name,
            {{ read_text('"Default Address Address1"') }} as street,
            {{ read_text('"Default Address City"') }} as city,
            {{ read_text('"Default Address Province Code"') }} as region,
            {{ read_text("replace(\"Default Address Zip\", '''', '')") }}
            as postal_code,
            upper({{ read_text('"Default Address Country Code"') }}) as country_code,

            -- lineage
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("shopify", "customers") }} as row_content
        from {{ readable_rows("shopify", "customers") }}
    ),

    numbered as (
        select
            *,
            min(export_date) over (partition by record_key) as known_from_date,
            row_number() over (
                partition by record_key
                order by
                    export_date desc nulls last,
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
    street,
    city,
    region,
    postal_code,
    country_code,
    -- the export has no sign-up time
    cast(null as timestamp) as created_at,
    cast(export_date as timestamp) as updated_at,
    known_from_date
from numbered
where newness = 1
