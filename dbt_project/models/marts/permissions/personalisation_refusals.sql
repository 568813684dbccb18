-- Grain: one row per person who has refused personalisation: whoever stands here stands
-- in no table that is marked `uses: personalisation`.
select refusals.profile_id, refusals.refused_at
from {{ ref("int_personalisation_refused") }} as refusals
inner join {{ ref("profiles") }} as profiles using (profile_id)
