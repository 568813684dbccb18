-- Who: people who signed up in the last 30 days and never bought.
-- Why: the first order is easiest while we are new to them.
-- Not: an order that was cancelled is no order.
select profile_id
from {{ ref("profiles") }} as profiles
where
    profiles.signed_up_at >= {{ days_before(30) }}
    and profiles.signed_up_at < {{ as_of_at() }}
    and not exists (
        select 1
        from {{ ref("orders") }} as orders
        where orders.profile_id = profiles.profile_id and orders.is_kept
    )
