-- Grain: one row per model.
select
    model,
    cast(horizon_days as integer) as horizon_days,
    model_version,
    cast(trained_date as date) as trained_date,
    reason,
    card
from {{ source("predictions", "served_models") }}
