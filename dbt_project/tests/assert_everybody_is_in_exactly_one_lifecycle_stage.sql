-- A returned row is a person who may be profiled and has no stage, or several.
select profiles.profile_id
from {{ ref("profiles") }} as profiles
left join {{ ref("lifecycle_stages") }} as stages using (profile_id)
where {{ may_be_profiled("profiles.profile_id") }}
group by profiles.profile_id
having count(stages.lifecycle_stage) <> 1
