-- Grain: one row per segment and person of the newest night before this one.
select
    concat(segment, '/', profile_id) as audience_member_id,
    night,
    segment,
    profile_id,
    is_exported
from {{ ref("stg_nightpost__audiences") }}
