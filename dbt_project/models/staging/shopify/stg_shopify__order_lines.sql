-- Grain: one row per order line, from the order's newest export. A line has no number
-- of its own: equal lines are counted off, so that the order of the rows in the file
-- changes nothing. A product without SKUs goes by its handle, as in the catalogue; a
-- line says only its title, with the variant behind it.
with
    lines as (
        select
            trim("Name") as order_id,
            {{ read_text('"Lineitem sku"') }} as sku,
            {{ read_text('"Lineitem name"') }} as product_name,
            {{ read_integer('"Lineitem quantity"') }} as quantity,
            {{ read_precise_decimal('"Lineitem price"') }} as unit_price,
            {{ read_instant('"Created at"') }} as ordered_at,
            _export_date as export_date,
            _source_file as source_file
        from {{ readable_rows("shopify", "orders") }}
    ),

    handles as (
        select product_name, min(sku) as sku
        from {{ ref("stg_shopify__products") }}
        where sku = handle
        group by product_name
    ),

    of_newest_export as (
        select
            lines.order_id,
            coalesce(lines.sku, handles.sku, products.sku) as sku,
            lines.product_name,
            lines.quantity,
            lines.unit_price,
            lines.ordered_at,
            lines.export_date
        from lines
        left join
            handles
            on handles.product_name
            = case when lines.sku is null then lines.product_name end
        left join
            handles as products
            on products.product_name = case
                when lines.sku is null
                then {{ rewrite("lines.product_name", " - [^-]*$", "") }}
            end
        inner join
            {{ ref("stg_shopify__orders") }} as orders using (
                order_id, export_date, source_file
            )
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by order_id
                order by
                    sku nulls last,
                    product_name nulls last,
                    unit_price nulls last,
                    quantity nulls last
            ) as line_number
        from of_newest_export
    )

select
    concat(order_id, '/', cast(line_number as string)) as order_line_id,
    order_id,
    sku,
    product_name,
    quantity,
    unit_price,
    {{ line_amount("quantity", "unit_price") }} as line_amount,
    ordered_at,
    export_date
from numbered
