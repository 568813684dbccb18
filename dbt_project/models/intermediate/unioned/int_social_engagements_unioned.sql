-- Grain: one row per source and engagement on a social network before the night's
-- midnight; the first delivery of a repeated one.
with
    all_engagements as (
        {{
            union_vendors(
                {"social": "stg_social__engagements"},
                {
                    "event_id": "string",
                    "network": "string",
                    "handle": "string",
                    "email_sha256": "string",
                    "kind": "string",
                    "content_id": "string",
                    "engaged_at": timestamp_type(),
                    "export_date": "date",
                    "file_id": "string",
                    "row_number": "bigint",
                },
            )
        }}
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by source, event_id
                order by
                    engaged_at nulls last,
                    export_date nulls last,
                    file_id nulls last,
                    row_number nulls last
            ) as delivery
        from all_engagements
        where engaged_at < {{ as_of_at() }}
    )

select
    source,
    event_id,
    network,
    handle,
    email_sha256,
    kind,
    content_id,
    engaged_at,
    export_date
from ranked
where delivery = 1
