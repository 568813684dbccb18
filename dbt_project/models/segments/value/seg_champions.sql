-- Who: buyers who bought lately and often: the RFM group `champions`.
-- Why: they earn the first look at what is new.
-- Not: the groups next to it; seeds/reference/rfm_groups.csv draws the line.
select profile_id from {{ ref("rfm_scores") }} where rfm_group = 'champions'
