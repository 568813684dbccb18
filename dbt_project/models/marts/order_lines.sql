-- Grain: one row per order line, with its order's person.
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
    {{ ref("int_orders_attributed") }} as orders
    on orders.source = lines.source
    and orders.order_number = lines.order_id
left join {{ ref("products") }} as products using (sku)
