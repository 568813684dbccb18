-- Who: frequent buyers (top two fifths) who have been silent for 90 to 180 days.
-- Why: a personal offer now costs less than winning them back after half a year.
-- Not: one-time buyers, and who has been silent for more than 180 days.
select profile_id
from {{ ref("rfm_scores") }}
where
    frequency_score >= 4
    and order_count >= 2
    and last_order_at < {{ days_before(90) }}
    and last_order_at >= {{ days_before(180) }}
