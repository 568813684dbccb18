-- Grain: one row per identifier, with the person that it belongs to.
-- profile_id is a hash of the smallest identifier that is tied to it.
select
    identifier,
    identifier_type,
    identifier_value,
    concat('p_', substr({{ sha256("component_id") }}, 1, 20)) as profile_id
from {{ ref("int_components") }}
