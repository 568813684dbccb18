-- Grain: one row per model made elsewhere that has ever scored.
select model, model_version, verdict, reason, card
from {{ source("predictions", "judged_scores") }}
