-- Grain: one row per loyalty account, as it was last updated.
with
    renamed as (
        select
            -- ids
            trim(loyalty_id) as loyalty_id,
            {{ read_text("customer_id") }} as customer_key,

            -- strings
            {{ clean_email("email") }} as email,
            lower({{ read_text("tier") }}) as tier,

            -- numbers
            {{ read_integer("points_balance") }} as points_balance,

            -- timestamps in UTC, then lineage
            {{ read_instant("joined_at") }} as joined_at,
            {{ read_instant("updated_at") }} as updated_at,
            _export_date as export_date,
            _source_file as source_file,

            -- settles which of two equally new rows counts, whatever their order
            {{ row_content("loyalty", "accounts") }} as row_content
        from {{ readable_rows("loyalty", "accounts") }}
    ),

    numbered as (
        select
            *,
            min(export_date) over (partition by loyalty_id) as known_from_date,
            row_number() over (
                partition by loyalty_id
                order by
                    updated_at desc nulls last,
                    export_date desc nulls last,
                    source_file desc nulls last,
                    row_content nulls last
            ) as newness
        from renamed
    )

select
    loyalty_id,
    customer_key,
    email,
    tier,
    points_balance,
    joined_at,
    updated_at,
    known_from_date
from numbered
where newness = 1
