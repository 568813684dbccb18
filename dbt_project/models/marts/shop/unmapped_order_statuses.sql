-- Grain: one row per vendor and status of an order that nobody said the meaning of.
-- Such orders count as purchases until seeds/reference/order_statuses.csv says
-- otherwise.
select
    orders.source,
    orders.financial_status as order_status,
    count(*) as order_count,
    min(orders.ordered_at) as first_ordered_at,
    max(orders.ordered_at) as last_ordered_at
from {{ ref("int_orders_unioned") }} as orders
left join
    {{ ref("order_statuses") }} as statuses
    on statuses.source = orders.source
    and statuses.order_status = {{ order_status_key("orders.financial_status") }}
where
    statuses.order_status is null
    and {{ order_status_key("orders.financial_status") }} <> ''
group by orders.source, orders.financial_status
