-- Grain: one row per person and earlier night on which their RFM group changed.
select night, profile_id, previous_value, value
from {{ source("nightpost", "rfm_changes") }}
