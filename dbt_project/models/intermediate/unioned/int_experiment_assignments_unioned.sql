-- Grain: one row per source and assignment of a person to a variant, before the night's
-- midnight. A repeated delivery stands once.
with
    delivered as (
        {{
            union_vendors(
                {"experiments": "stg_experiments__assignments"},
                {
                    "event_id": "string",
                    "experiment": "string",
                    "variant": "string",
                    "person_key": "string",
                    "assigned_at": timestamp_type(),
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
        where assigned_at < {{ as_of_at() }}
    )

select source, event_id, experiment, variant, person_key, assigned_at
from numbered
where delivery = 1
