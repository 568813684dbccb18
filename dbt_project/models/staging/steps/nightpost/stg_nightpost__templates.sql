-- Grain: one row per segment that is listed.
select segment, template from {{ source("nightpost", "templates") }}
