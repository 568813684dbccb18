-- Grain: one row per person and earlier night on which their lifecycle stage changed.
select night, profile_id, previous_value, value
from {{ source("nightpost", "lifecycle_changes") }}
