-- Grain: one row per segment that is listed: the template of its mail tonight.
select segment, template from {{ ref("stg_nightpost__templates") }}
