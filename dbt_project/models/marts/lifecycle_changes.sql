-- Grain: one row per person and night on which their lifecycle stage changed, tonight
-- included. A purchase that is cancelled later moves somebody forth and back: both
-- moves
-- stay.
with
    earlier as (
        select night, profile_id, previous_value, value
        from {{ ref("stg_nightpost__lifecycle_changes") }}
    ),

    {{ newest_standing("stg_nightpost__lifecycle_changes") }},

    tonight as (
        select
            profiles.profile_id,
            previous.value as previous_value,
            stages.lifecycle_stage as value
        from {{ ref("profiles") }} as profiles
        left join previous using (profile_id)
        inner join {{ ref("lifecycle_stages") }} as stages using (profile_id)
        where previous.value is distinct from stages.lifecycle_stage
    ),

    changes as (
        select night, profile_id, previous_value, value
        from earlier
        union all
        select {{ as_of_date() }} as night, profile_id, previous_value, value
        from tonight
    )

select
    concat(
        changes.profile_id, '/', cast(changes.night as string)
    ) as lifecycle_change_id,
    changes.night,
    changes.profile_id,
    changes.previous_value,
    changes.value
from changes
where {{ may_be_profiled("changes.profile_id") }}
