-- Grain: one row per identifier, with the person that it belongs to.
select identifier, profile_id from {{ source("people", "identifiers") }}
