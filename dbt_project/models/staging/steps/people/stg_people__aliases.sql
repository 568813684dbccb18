-- Grain: one row per id that is no person's any more.
select old_profile_id, profile_id from {{ source("people", "aliases") }}
