-- Grain: one row per person of the email service, as the newest version tells it.
with
    parsed as (
        select
            trim(id) as recipient_key,
            {{ clean_email("email") }} as email,
            {{ read_utc_time("updated") }} as updated_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number
        from {{ readable_rows("klaviyo", "person") }}
        where not coalesce({{ read_boolean("_fivetran_deleted") }}, false)
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by recipient_key
                order by
                    updated_at desc nulls last,
                    export_date desc nulls last,
                    file_id desc nulls last,
                    row_number desc nulls last
            ) as newness
        from parsed
    )

select recipient_key, email, updated_at, export_date
from numbered
where newness = 1
