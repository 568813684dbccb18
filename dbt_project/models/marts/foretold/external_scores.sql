-- Grain: one row per person, model and item: the newest score of the version that
-- serves. Of a person with several names in a model one name's scores count, the newest
-- ones, then the alphabetically first name's. A model that its contract calls stale has
-- no scores, nor has a version that foretold no better than recency alone.
with
    fresh_models as (
        select table_name as model
        from {{ ref("stg_nightpost__sources") }}
        where source = 'scores' and is_fresh
    ),

    compared as (
        select
            scores.*,
            coalesce(judged.verdict, 'unjudged') <> 'unjudged' as is_judged,
            first_value(scores.scored_at) over (
                partition by scores.profile_id, scores.model
                order by scores.scored_at desc nulls last, scores.person_key nulls last
            ) as newest_scored_at,
            first_value(scores.person_key) over (
                partition by scores.profile_id, scores.model
                order by scores.scored_at desc nulls last, scores.person_key nulls last
            ) as newest_person_key
        from {{ ref("int_scores_attributed") }} as scores
        inner join fresh_models using (model)
        left join
            {{ ref("stg_predictions__judged_scores") }} as judged
            on judged.model = scores.model
            and judged.model_version = scores.model_version
        where
            scores.profile_id is not null
            and coalesce(judged.verdict, 'unjudged') <> 'not_promoted'
            and {{ may_be_profiled("scores.profile_id") }}
    )

select
    concat(profile_id, '/', model, '/', coalesce(item, '')) as external_score_id,
    profile_id,
    model,
    model_version,
    item,
    item_rank,
    score,
    is_judged,
    scored_at
from compared
where scored_at = newest_scored_at and person_key = newest_person_key
