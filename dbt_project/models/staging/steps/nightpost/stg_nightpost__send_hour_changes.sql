-- Grain: one row per person and earlier night on which their learnt send hour changed.
select night, profile_id, previous_value, value
from {{ source("nightpost", "send_hour_changes") }}
