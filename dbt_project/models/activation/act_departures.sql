-- Grain: one row per segment and person exported before and no longer exported tonight,
-- with the address by which a service knows whom to remove. Segments that are held back
-- tonight lose nobody. Whoever is exported under another id was merged: their address
-- is in the audience still, so none is told.
with
    departed as (
        select
            history.audience_member_id as departure_id,
            history.segment,
            history.profile_id,
            coalesce(aliases.profile_id, history.profile_id) as current_profile_id,
            case
                when eligibility.profile_id is null
                then 'left_segment'
                else 'lost_permission'
            end as departure_reason
        from {{ ref("audience_history") }} as history
        inner join {{ ref("act_segments") }} as segments using (segment)
        left join
            {{ ref("act_eligibility") }} as eligibility
            on eligibility.segment = history.segment
            and eligibility.profile_id = history.profile_id
        left join
            {{ ref("profile_aliases") }} as aliases
            on aliases.old_profile_id = history.profile_id
        where
            history.is_exported
            and (
                eligibility.profile_id is null
                or eligibility.exclusion_reason is not null
            )
    ),

    addressed as (
        select departed.*, profiles.email
        from departed
        left join
            {{ ref("profiles") }} as profiles
            on profiles.profile_id = departed.current_profile_id
    ),

    exported as (
        select distinct segment, email
        from {{ ref("act_eligibility") }}
        where exclusion_reason is null
    )

select
    addressed.departure_id,
    addressed.segment,
    addressed.profile_id,
    case when exported.email is null then addressed.email end as email,
    case
        when exported.email is not null then 'merged' else addressed.departure_reason
    end as departure_reason
from addressed
left join
    exported
    on exported.segment = addressed.segment
    and exported.email = addressed.email
