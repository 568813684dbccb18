-- Grain: one row per score of the version that serves: of each model the version of its
-- newest score; with its person where one is known.
with
    versioned as (
        select
            *,
            first_value(model_version) over (
                partition by model
                order by scored_at desc nulls last, model_version desc nulls last
            ) as serving_version
        from {{ ref("int_scores_unioned") }}
    )

select
    keys.profile_id,
    versioned.model,
    versioned.model_version,
    versioned.person_key,
    versioned.item,
    versioned.item_rank,
    versioned.score,
    versioned.scored_at
from versioned
left join {{ ref("int_person_keys_resolved") }} as keys using (person_key)
where versioned.model_version = versioned.serving_version
