-- Grain: one row per id that is no person's any more, with the person it leads to.
select old_profile_id, profile_id from {{ ref("stg_people__aliases") }}
