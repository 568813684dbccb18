-- Who: engagement of 8.0 or more of 10, and more than 500.00 net in 6 calendar months.
-- Why: they get the exclusive offers, before everybody else.
-- Not: money that was given back; months are the calendar's, not 30 days each.
with
    spenders as (
        select profile_id
        from {{ ref("orders") }}
        where ordered_at >= {{ months_before(6) }} and profile_id is not null
        group by profile_id
        having sum(net_amount) > 500
    )

select profile_id
from spenders
inner join {{ ref("engagement_scores") }} as engagement_scores using (profile_id)
where engagement_scores.engagement_score >= 8
