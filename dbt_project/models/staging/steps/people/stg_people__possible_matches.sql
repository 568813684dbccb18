-- Grain: one row per pair of people who may be one.
select profile_id, other_profile_id, match_probability, why
from {{ source("people", "possible_matches") }}
