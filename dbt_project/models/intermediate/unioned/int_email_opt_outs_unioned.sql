-- Grain: one row per source, address and kind of opt-out at an email service,
-- whenever it
-- came: an opt-out after the night's midnight still counts before the mail goes out.
{{
    union_vendors(
        {"sendgrid": "stg_sendgrid__opt_outs"},
        {
            "email": "string",
            "event_name": "string",
            "is_hard_bounce": "boolean",
            "event_at": timestamp_type(),
        },
    )
}}
