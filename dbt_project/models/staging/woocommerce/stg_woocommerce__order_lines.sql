-- Grain: one row per order line, from the order as it was last modified.
-- A price is what the customer paid for one piece before coupons, tax included, as the
-- order's total is. A product without an SKU goes by its id, as WooCommerce itself
-- tells search engines and analytics.
with
    exploded as (
        select
            order_id, ordered_at, export_date, {{ explode_json("line_items") }} as item
        from {{ ref("stg_woocommerce__orders") }}
        where line_items is not null
    ),

    read_items as (
        select
            order_id,
            item,
            try_cast({{ json_text("item", "$.id") }} as bigint) as item_id,
            coalesce(
                {{ read_text(json_text("item", "$.sku")) }},
                nullif({{ json_text("item", "$.variation_id") }}, '0'),
                {{ json_text("item", "$.product_id") }}
            ) as sku,
            {{ read_text(json_text("item", "$.name")) }} as product_name,
            coalesce(
                {{ read_integer(json_text("item", "$.quantity")) }}, 1
            ) as quantity,
            cast(
                {{ read_precise_decimal(json_text("item", "$.subtotal")) }} + coalesce(
                    {{ read_precise_decimal(json_text("item", "$.subtotal_tax")) }}, 0
                ) as decimal(18, 2)
            ) as subtotal,
            ordered_at,
            export_date
        from exploded
    ),

    priced as (
        select
            *,
            cast(
                round(coalesce(cast(subtotal as double) / nullif(quantity, 0), 0) * 1e4)
                / 1e4 as decimal(18, 4)
            ) as unit_price,
            row_number() over (
                partition by order_id order by item_id nulls last, item nulls last
            ) as line_number
        from read_items
    )

select
    concat(order_id, '/', cast(line_number as string)) as order_line_id,
    order_id,
    sku,
    product_name,
    quantity,
    unit_price,
    {{ line_amount("quantity", "unit_price", "subtotal") }} as line_amount,
    ordered_at,
    export_date
from priced
