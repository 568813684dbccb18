-- Grain: one row per pair of connected parts that are likely one person.
select
    left_component_id,
    right_component_id,
    left_record_id,
    right_record_id,
    match_weight,
    match_probability,
    band,
    evidence,
    model_id
from {{ source("linked", "probable_links") }}
