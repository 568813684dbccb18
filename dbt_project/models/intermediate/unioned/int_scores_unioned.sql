-- Grain: one row per model, its version, person, item and time of scoring, before the
-- night's midnight. Delivered again, the newest delivery counts: a run that was
-- repeated.
with
    delivered as (
        {{
            union_vendors(
                {"scores": ["stg_scores__churn_risk", "stg_scores__next_product"]},
                {
                    "model": "string",
                    "model_version": "string",
                    "person_key": "string",
                    "item": "string",
                    "item_rank": "bigint",
                    "score": "decimal(18, 6)",
                    "scored_at": timestamp_type(),
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
                partition by source, model, model_version, person_key, item, scored_at
                order by
                    export_date desc nulls last,
                    file_id desc nulls last,
                    row_number desc nulls last
            ) as newness
        from delivered
        where scored_at < {{ as_of_at() }}
    )

select source, model, model_version, person_key, item, item_rank, score, scored_at
from numbered
where newness = 1
