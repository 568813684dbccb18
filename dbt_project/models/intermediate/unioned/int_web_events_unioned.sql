-- Grain: one row per source and web event before the night's midnight.
with
    all_events as (
        {{
            union_vendors(
                {"ga4": "stg_ga4__events"},
                {
                    "event_id": "string",
                    "device_id": "string",
                    "web_user_id": "string",
                    "session_id": "string",
                    "event_name": "string",
                    "page_url": "string",
                    "engaged_milliseconds": "bigint",
                    "device_category": "string",
                    "browser": "string",
                    "event_at": timestamp_type(),
                },
            )
        }}
    )

select *
from all_events
where event_at < {{ as_of_at() }}
