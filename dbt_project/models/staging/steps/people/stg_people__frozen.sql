-- Grain: one row per cluster, or shared value, and person who was kept as they were.
select profile_id, component, limit_name, size, kept_as
from {{ source("people", "frozen") }}
