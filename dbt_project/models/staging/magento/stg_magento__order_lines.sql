-- Grain: one row per order line, from the order as it was last updated.
-- A configurable product stands twice in an order: the parent carries the price and the
-- chosen variant's SKU, its child repeats it without a price. A bundle's children
-- repeat the bundle's price. So children are left out. What is sold by weight or length
-- counts as one piece of its whole price.
with
    exploded as (
        select order_id, ordered_at, export_date, {{ explode_json("items") }} as item
        from {{ ref("stg_magento__orders") }}
        where items is not null
    ),

    read_items as (
        select
            order_id,
            item,
            try_cast({{ json_text("item", "$.item_id") }} as bigint) as item_id,
            {{ read_text(json_text("item", "$.sku")) }} as sku,
            {{ read_text(json_text("item", "$.name")) }} as product_name,
            coalesce(
                {{ read_precise_decimal(json_text("item", "$.qty_ordered")) }}, 1
            ) as quantity,
            coalesce(
                {{ read_precise_decimal(json_text("item", "$.price_incl_tax")) }},
                {{ read_precise_decimal(json_text("item", "$.price")) }},
                0
            ) as unit_price,
            coalesce(
                {{ read_decimal(json_text("item", "$.row_total_incl_tax")) }},
                case
                    when {{ json_text("item", "$.price_incl_tax") }} is null
                    then {{ read_decimal(json_text("item", "$.row_total")) }}
                end
            ) as line_total,
            ordered_at,
            export_date
        from exploded
        where {{ json_text("item", "$.parent_item_id") }} is null
    ),

    whole_pieces as (
        select
            order_id,
            sku,
            product_name,
            case
                when quantity = floor(quantity) then cast(quantity as bigint) else 1
            end as quantity,
            case
                when quantity = floor(quantity)
                then unit_price
                else try_cast(quantity * unit_price as decimal(18, 4))
            end as unit_price,
            line_total,
            ordered_at,
            export_date,
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
    {{ line_amount("quantity", "unit_price", "line_total") }} as line_amount,
    ordered_at,
    export_date
from whole_pieces
