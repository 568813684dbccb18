-- Before and after add up: who was exported before is exported tonight or has left.
-- A returned row is somebody who did both, or neither.
with
    exported as (
        select segment, profile_id
        from {{ ref("act_eligibility") }}
        where exclusion_reason is null
    )

select history.audience_member_id
from {{ ref("audience_history") }} as history
inner join {{ ref("act_segments") }} as segments using (segment)
left join exported using (segment, profile_id)
left join
    {{ ref("act_departures") }} as departures
    on departures.departure_id = history.audience_member_id
where
    history.is_exported
    and (exported.profile_id is null) = (departures.departure_id is null)
