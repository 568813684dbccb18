-- Grain: one row per delivered score, repeated deliveries included.
{{ delivered_scores("churn_risk") }}
