-- Grain: one row per model made elsewhere: which version serves, how old it is, and how
-- many of the people that it names we know.
with
    counted as (
        select
            model,
            max(model_version) as model_version,
            max(scored_at) as last_scored_at,
            count(distinct person_key) as scored_key_count,
            count(
                distinct case when profile_id is null then person_key end
            ) as unknown_key_count
        from {{ ref("int_scores_attributed") }}
        group by model
    )

select
    sources.table_name as model,
    counted.model_version,
    sources.is_fresh,
    coalesce(judged.verdict, 'unjudged') as verdict,
    coalesce(judged.reason, 'Unjudged: it has never scored.') as verdict_reason,
    judged.card,
    coalesce(counted.scored_key_count, 0) as scored_key_count,
    coalesce(counted.unknown_key_count, 0) as unknown_key_count,
    counted.last_scored_at
from {{ ref("stg_nightpost__sources") }} as sources
left join counted on counted.model = sources.table_name
left join
    {{ ref("stg_predictions__judged_scores") }} as judged
    on judged.model = counted.model
    and judged.model_version = counted.model_version
where sources.source = 'scores'
