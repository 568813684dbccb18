-- Grain: one row per order line, with its order's person. The order is the one with the
-- line's number, however either file writes it; where several could be meant, the one
-- that is written alike.
with
    numbered as (
        select
            *,
            {{ order_number_key("order_number") }} as order_key,
            count(*) over (
                partition by source, {{ order_number_key("order_number") }}
            ) as namesakes
        from {{ ref("int_orders_attributed") }}
    )

select
    concat(lines.source, '/', lines.order_line_id) as order_line_id,
    orders.order_id,
    orders.profile_id,
    lines.sku,
    coalesce(products.product_name, lines.product_name) as product_name,
    products.category,
    lines.quantity,
    lines.unit_price,
    lines.line_amount,
    orders.is_kept,
    orders.ordered_at
from {{ ref("int_order_lines_unioned") }} as lines
inner join
    numbered as orders
    on orders.source = lines.source
    and coalesce(orders.order_key, orders.order_number)
    = coalesce({{ order_number_key("lines.order_id") }}, lines.order_id)
    and (orders.namesakes = 1 or orders.order_number = lines.order_id)
left join {{ ref("products") }} as products using (sku)
