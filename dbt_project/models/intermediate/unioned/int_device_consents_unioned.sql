-- Grain: one row per source, device, purpose and decision on a cookie banner.
-- A repeated delivery stands once. Grants dated after the night's midnight are left
-- out, denials never are; a decision that cannot be read and is no clear yes denies
-- personalisation from tonight on.
with
    delivered as (
        {{
            union_vendors(
                {
                    "cookie_consent": "stg_cookie_consent__decisions",
                    "snowplow": "stg_snowplow__consent_decisions",
                },
                {
                    "event_id": "string",
                    "device_id": "string",
                    "purpose": "string",
                    "status": "string",
                    "has_gpc_signal": "boolean",
                    "banner_version": "string",
                    "jurisdiction": "string",
                    "decided_at": timestamp_type(),
                    "export_date": "date",
                    "file_id": "string",
                    "row_number": "bigint",
                },
            )
        }}
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by source, event_id
                order by
                    export_date nulls last, file_id nulls last, row_number nulls last
            ) as delivery
        from delivered
    ),

    unreadable as (
        {{
            union_vendors(
                {"cookie_consent": "stg_cookie_consent__unreadable_denials"},
                {"device_id": "string"},
            )
        }}
    )

select
    source,
    event_id,
    device_id,
    purpose,
    status,
    has_gpc_signal,
    banner_version,
    jurisdiction,
    decided_at
from numbered
where delivery = 1 and (status <> 'granted' or decided_at < {{ as_of_at() }})
union all
select
    source,
    concat(source, '_unreadable_', device_id) as event_id,
    device_id,
    'personalisation' as purpose,
    'denied' as status,
    false as has_gpc_signal,
    null as banner_version,
    null as jurisdiction,
    {{ as_of_at() }} as decided_at
from unreadable
