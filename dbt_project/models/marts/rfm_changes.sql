-- Grain: one row per person and night on which their RFM group changed, tonight
-- included. A person's first group is a change from nothing; whoever is no buyer any
-- more, because the only order was cancelled, changes to nothing.
with
    earlier as (
        select night, profile_id, previous_value, value
        from {{ ref("stg_nightpost__rfm_changes") }}
    ),

    {{ newest_standing("stg_nightpost__rfm_changes") }},

    tonight as (
        select
            profiles.profile_id,
            previous.value as previous_value,
            scores.rfm_group as value
        from {{ ref("profiles") }} as profiles
        left join previous using (profile_id)
        left join {{ ref("rfm_scores") }} as scores using (profile_id)
        where previous.value is distinct from scores.rfm_group
    ),

    changes as (
        select night, profile_id, previous_value, value
        from earlier
        union all
        select {{ as_of_date() }} as night, profile_id, previous_value, value
        from tonight
    )

select
    concat(changes.profile_id, '/', cast(changes.night as string)) as rfm_change_id,
    changes.night,
    changes.profile_id,
    changes.previous_value,
    changes.value
from changes
where {{ may_be_profiled("changes.profile_id") }}
