-- Grain: one row per model and person who is asked about.
select profile_id, model, cast(score as decimal(7, 6)) as score
from {{ source("predictions", "propensities") }}
