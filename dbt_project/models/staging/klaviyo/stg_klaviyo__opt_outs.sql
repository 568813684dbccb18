-- Grain: one row per event that says no, a hard bounce included, and contact point that
-- it is about: every address that the person ever had.
with
    told as (
        select
            events.type as event,
            people.email as address,
            events.property_bounce_type as bounce_type,
            cast(null as string) as reason,
            {{ read_utc_time('events."datetime"') }} as said_at,
            events._export_date as export_date,
            events._file_id as file_id,
            events._row_number as row_number
        from {{ canonical_rows("klaviyo", "event") }} as events
        left join
            {{ canonical_rows("klaviyo", "person") }} as people
            on trim(people.id) = trim(events.person_id)
    )

    {{ mail_opt_outs("klaviyo", "told", "event") }}
