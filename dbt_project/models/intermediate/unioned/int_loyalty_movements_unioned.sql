-- Grain: one row per source and movement of points before the night's midnight. A
-- movement that is delivered again counts once, as it came first.
with
    delivered as (
        {{
            union_vendors(
                {"loyalty": "stg_loyalty__movements"},
                {
                    "event_id": "string",
                    "loyalty_id": "string",
                    "kind": "string",
                    "points": "bigint",
                    "order_id": "string",
                    "moved_at": timestamp_type(),
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
                    export_date nulls last,
                    file_id nulls last,
                    delivered.row_number nulls last
            ) as delivery
        from delivered
    )

select source, event_id, loyalty_id, kind, points, order_id, moved_at
from numbered
where delivery = 1 and moved_at < {{ as_of_at() }}
