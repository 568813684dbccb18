-- Grain: one row per source and delivered mail event, repeats included.
-- Nothing is decided here but the shape, so that a file is read once and never again:
-- no clock, no comparison of rows.
{{
    union_vendors(
        {
            "sendgrid": "stg_sendgrid__events",
            "klaviyo": "stg_klaviyo__email_events",
            "mailchimp": "stg_mailchimp__email_events",
            "webhook": "stg_webhook__events",
            "generic": "stg_generic__email_events",
        },
        {
            "event_id": "string",
            "message_id": "string",
            "email": "string",
            "recipient_key": "string",
            "event_name": "string",
            "vendor_event_name": "string",
            "template_id": "string",
            "campaign": "string",
            "link_url": "string",
            "nightpost_message_id": "string",
            "bounce_kind": "string",
            "is_machine": "boolean",
            "user_agent": "string",
            "event_at": timestamp_type(),
            "export_date": "date",
            "file_id": "string",
            "row_number": "bigint",
        },
        missing={
            "sendgrid": ["recipient_key"],
            "klaviyo": ["email", "user_agent"],
            "mailchimp": ["recipient_key", "template_id", "user_agent"],
            "webhook": ["recipient_key"],
            "generic": ["recipient_key"],
        },
    )
}}
