-- Grain: one row per source and mail event before the night's midnight.
with
    all_events as (
        {{
            union_vendors(
                {"sendgrid": "stg_sendgrid__events"},
                {
                    "event_id": "string",
                    "message_id": "string",
                    "email": "string",
                    "event_name": "string",
                    "vendor_event_name": "string",
                    "template_id": "string",
                    "campaign": "string",
                    "link_url": "string",
                    "is_hard_bounce": "boolean",
                    "is_machine": "boolean",
                    "event_at": timestamp_type(),
                },
            )
        }}
    )

select *
from all_events
where event_at < {{ as_of_at() }}
