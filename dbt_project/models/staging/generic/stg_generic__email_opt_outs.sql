-- Grain: one row per opt-out, complaint or hard bounce of an address, repeated rows
-- once.
{{
    email_opt_outs(
        "generic",
        canonical_rows("generic", "email_events"),
        vendor_event_name="event",
        email="email",
        vendor_bounce_kind="bounce_type",
        event_at=read_instant("occurred_at"),
    )
}}
