-- Grain: one row per opt-out, complaint or hard bounce of an address, repeated posts
-- once.
{{
    email_opt_outs(
        "webhook",
        canonical_rows("webhook", "events"),
        vendor_event_name="event",
        email="email",
        vendor_bounce_kind="bounce_type",
        event_at=read_instant('"timestamp"'),
    )
}}
