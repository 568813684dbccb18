-- Grain: one row per opt-out, complaint or hard bounce of an address, repeated posts
-- once.
{{
    email_opt_outs(
        "sendgrid",
        canonical_rows("sendgrid", "events"),
        vendor_event_name="event",
        email="email",
        vendor_bounce_kind="type",
        event_at=read_epoch_seconds('"timestamp"'),
    )
}}
