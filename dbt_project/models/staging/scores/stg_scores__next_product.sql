-- Grain: one row per delivered score, repeated deliveries included.
{{ delivered_scores("next_product") }}
