-- Grain: one row per opt-out, complaint or hard bounce of an address, repeated rows
-- once.
-- It holds for every address that the person ever had.
with
    addressed as (
        select events.type, events.property_bounce_type, events."datetime", people.email
        from {{ canonical_rows("klaviyo", "event") }} as events
        inner join
            {{ canonical_rows("klaviyo", "person") }} as people
            on trim(people.id) = trim(events.person_id)
    )

    {{
        email_opt_outs(
            "klaviyo",
            "addressed",
            vendor_event_name="type",
            email="email",
            vendor_bounce_kind="property_bounce_type",
            event_at=read_utc_time('"datetime"'),
        )
    }}
