-- Grain: one row per segment and person exported before and no longer exported tonight.
-- Segments that are held back tonight lose nobody.
select
    history.audience_member_id as departure_id,
    history.segment,
    history.profile_id,
    case
        when eligibility.profile_id is null then 'left_segment' else 'lost_permission'
    end as departure_reason
from {{ ref("audience_history") }} as history
inner join {{ ref("act_segments") }} as segments using (segment)
left join
    {{ ref("act_eligibility") }} as eligibility
    on eligibility.segment = history.segment
    and eligibility.profile_id = history.profile_id
where
    history.is_exported
    and (eligibility.profile_id is null or eligibility.exclusion_reason is not null)
