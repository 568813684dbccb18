-- Grain: one row per model whose earlier predictions can be compared with what came.
select
    model,
    cast(predicted_date as date) as predicted_date,
    cast(people as integer) as people,
    cast(predicted as decimal(18, 6)) as predicted,
    cast(observed as decimal(18, 6)) as observed,
    cast(auc as decimal(7, 6)) as auc
from {{ source("predictions", "outcomes") }}
