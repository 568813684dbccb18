-- Grain: one row per customer account, as it was last updated. The address is the one
-- marked as default for billing, else the first.
with
    renamed as (
        select
            -- ids
            trim(id) as record_key,

            -- strings
            {{ clean_email("email") }} as email,
            {{ read_name("firstname") }} as first_name,
            {{ read_name("lastname") }} as last_name,
            case
                when trim(gender) = '1'
                then 'male'
                when trim(gender) = '2'
                then 'female'
            end as gender,
            {% for field, key in {
                "phone_number": "telephone",
                "street": "street[0]",
                "city": "city",
                "region": "region.region_code",
                "postal_code": "postcode",
                "country_code": "country_id",
            }.items() -%}
                coalesce(
                    {{ json_named_text("addresses", "default_billing", "true", key) }},
                    {{ json_text("addresses", "$[0]." ~ key) }}
                ) as {{ field }},
            {% endfor %}

            -- dates, timestamps in UTC
            {{ read_date("dob") }} as birth_date,
            {{ read_utc_time("created_at") }} as created_at,
            {{ read_utc_time("updated_at") }} as updated_at,

            -- lineage
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("magento", "customers") }} as row_content
        from {{ readable_rows("magento", "customers") }}
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
    {{ clean_phone("phone_number") }} as phone,
    first_name,
    last_name,
    gender,
    {{ read_text("street") }} as street,
    {{ read_text("city") }} as city,
    {{ read_text("region") }} as region,
    {{ read_text("postal_code") }} as postal_code,
    upper({{ read_text("country_code") }}) as country_code,
    birth_date,
    created_at,
    updated_at,
    known_from_date
from numbered
where newness = 1
