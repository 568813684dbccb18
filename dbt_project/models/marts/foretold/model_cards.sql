-- Grain: one row per model: which version serves tonight and why, its card, and how an
-- earlier night's predictions compare with what came.
select
    served.model,
    served.horizon_days,
    served.model_version,
    served.trained_date,
    served.reason,
    served.card,
    outcomes.predicted_date,
    outcomes.people,
    outcomes.predicted,
    outcomes.observed,
    outcomes.auc
from {{ ref("stg_predictions__served_models") }} as served
left join {{ ref("stg_predictions__outcomes") }} as outcomes using (model)
