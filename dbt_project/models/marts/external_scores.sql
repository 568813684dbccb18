-- Grain: one row per person, model and item: the newest score of the version that
-- serves. Of a person with several names in a model one name's scores count, the newest
-- ones, then the alphabetically first name's. A model that its contract calls stale has
-- no scores.
with
    fresh_models as (
        select table_name as model
        from {{ ref("stg_nightpost__sources") }}
        where source = 'scores' and is_fresh
    ),

    compared as (
        select
            scores.*,
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
        where
            scores.profile_id is not null and {{ may_be_profiled("scores.profile_id") }}
    )

select
    concat(profile_id, '/', model, '/', coalesce(item, '')) as external_score_id,
    profile_id,
    model,
    model_version,
    item,
    item_rank,
    score,
    scored_at
from compared
where scored_at = newest_scored_at and person_key = newest_person_key
