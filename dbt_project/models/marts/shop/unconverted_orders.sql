-- Grain: one row per currency of orders that have no worth in the reporting currency,
-- because no rate for it is known: what sums of money leave out.
select
    coalesce(currency, 'none') as currency,
    count(*) as order_count,
    sum(
        case when is_purchase then total_amount - refunded_amount else 0 end
    ) as net_amount,
    min(ordered_at) as first_ordered_at,
    max(ordered_at) as last_ordered_at
from {{ ref("orders") }}
where net_amount is null
group by coalesce(currency, 'none')
