-- Grain: one row per segment and person of the newest night before this one.
select night, segment, profile_id, is_exported
from {{ source("nightpost", "audiences") }}
