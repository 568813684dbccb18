-- Grain: one row per person who may be profiled and product that they bought and kept:
-- when they did so first and last.
select
    order_lines.profile_id,
    order_lines.sku,
    min(order_lines.ordered_at) as first_bought_at,
    max(order_lines.ordered_at) as last_bought_at
from {{ ref("order_lines") }} as order_lines
inner join {{ ref("profiles") }} as profiles using (profile_id)
where
    order_lines.is_kept
    and order_lines.sku is not null
    and {{ may_be_profiled("order_lines.profile_id") }}
group by order_lines.profile_id, order_lines.sku
