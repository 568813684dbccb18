-- Grain: one row per person, recommender and place.
select profile_id, recommender, place, sku, score
from {{ source("recommender", "candidates") }}
