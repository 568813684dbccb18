-- Grain: one row per night, person and event.
select night, profile_id, event, other_profile_id, reason
from {{ source("people", "changes") }}
