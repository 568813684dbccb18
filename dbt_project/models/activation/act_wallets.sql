-- Grain: one row per person who gets a mail tonight: the one currency that its prices
-- are told in. That of their last kept order, else their country's, where all products
-- can be priced in it; else the reporting currency. What somebody who refused
-- personalisation bought decides nothing.
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
    ),

    priced as (
        select currency, count(*) as product_count
        from {{ ref("product_prices") }}
        group by currency
    ),

    told as (
        select currency
        from priced
        where
            product_count
            = (select count(distinct sku) from {{ ref("product_prices") }})
    )

select
    planned.profile_id,
    coalesce(
        of_orders.currency, of_countries.currency, '{{ var("reporting_currency") }}'
    ) as currency
from {{ ref("act_send_plan") }} as planned
inner join {{ ref("profiles") }} as profiles using (profile_id)
left join
    last_orders
    on last_orders.profile_id = planned.profile_id
    and last_orders.newness = 1
left join told as of_orders on of_orders.currency = last_orders.currency
left join told as of_countries on of_countries.currency = profiles.currency
where planned.is_planned
