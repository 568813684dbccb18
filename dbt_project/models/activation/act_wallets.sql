-- Grain: one row per person who gets a mail tonight: the currency that prices are told
-- in. That of their last kept order, else their country's; null where neither is known.
-- What somebody who refused personalisation bought decides nothing.
with
    last_orders as (
        select
            orders.profile_id,
            orders.currency,
            row_number() over (
                partition by orders.profile_id
                order by orders.ordered_at desc nulls last, orders.order_id nulls last
            ) as newness
        from {{ ref("orders") }} as orders
        left join {{ ref("personalisation_refusals") }} as refusals using (profile_id)
        where
            orders.is_kept
            and orders.currency is not null
            and refusals.profile_id is null
    )

select planned.profile_id, coalesce(last_orders.currency, profiles.currency) as currency
from {{ ref("act_send_plan") }} as planned
inner join {{ ref("profiles") }} as profiles using (profile_id)
left join
    last_orders
    on last_orders.profile_id = planned.profile_id
    and last_orders.newness = 1
where planned.is_planned
