-- Grain: one row per order line, as the newest export tells it.
with
    renamed as (
        select
            trim(order_id) as order_id,
            trim(line_id) as line_id,
            {{ read_text("sku") }} as sku,
            {{ read_text("product_name") }} as product_name,
            {{ read_integer("quantity") }} as quantity,
            {{ read_precise_decimal("unit_price") }} as unit_price,
            {{ read_decimal("line_total") }} as line_total,
            {{ read_instant("ordered_at") }} as ordered_at,
            _export_date as export_date,
            _source_file as source_file,
            {{ row_content("generic", "order_lines") }} as row_content
        from {{ readable_rows("generic", "order_lines") }}
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by order_id, line_id
                order by
                    export_date desc nulls last,
                    source_file desc nulls last,
                    row_content nulls last
            ) as newness
        from renamed
    )

select
    concat(order_id, '/', line_id) as order_line_id,
    order_id,
    sku,
    product_name,
    quantity,
    unit_price,
    {{ line_amount("quantity", "unit_price", "line_total") }} as line_amount,
    ordered_at,
    export_date
from numbered
where newness = 1
