-- Grain: one row per address and preference, as the newest version tells it.
with
    renamed as (
        select
            {{ clean_email("email") }} as email,
            {{ preference_name("preference") }} as preference,
            {{ read_text('"value"') }} as preference_value,
            {{ read_instant("updated_at") }} as stated_at,
            _export_date as export_date,
            _file_id as file_id,
            _row_number as row_number,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("preferences", "centre") }} as row_content
        from {{ readable_rows("preferences", "centre") }}
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by email, preference
                order by
                    stated_at desc nulls last,
                    export_date desc nulls last,
                    source_file desc nulls last,
                    row_content nulls last
            ) as newness
        from renamed
    )

select
    concat('centre_', email, '_', preference) as event_id,
    email,
    preference,
    preference_value,
    'preference_centre' as stated_in,
    stated_at,
    export_date,
    file_id,
    row_number
from numbered
where newness = 1
