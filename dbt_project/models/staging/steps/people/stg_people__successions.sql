-- Grain: one row per night, id and id that has had its past since that night.
select night, former_profile_id, profile_id from {{ source("people", "successions") }}
