-- Grain: one row per person and field of the golden record of which something is known:
-- the value, and which record of which source it is from.
select
    concat(profile_id, '/', field) as attribute_id,
    profile_id,
    field,
    field_value,
    source,
    record_id,
    updated_at,
    rule,
    is_fallback,
    runner_up_count
from {{ ref("int_attributes_chosen") }}
