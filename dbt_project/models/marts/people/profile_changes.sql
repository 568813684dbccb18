-- Grain: one row per night, person and event: what became of a person's id, and why.
select night, profile_id, event, other_profile_id, reason
from {{ ref("stg_people__changes") }}
