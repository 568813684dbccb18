-- Grain: one row per invoice line. Equal lines are real here (5,268 of them in the
-- published set), so they are counted off, not dropped; a drop that arrives twice is
-- recognised by its content before it is loaded.
with
    lines as (
        select
            trim("InvoiceNo") as order_id,
            replace(trim("CustomerID"), '.0', '') as customer_key,
            {{ read_text('"StockCode"') }} as sku,
            {{ read_text('"Description"') }} as product_name,
            {{ read_integer('"Quantity"') }} as quantity,
            {{ read_precise_decimal('"UnitPrice"') }} as unit_price,
            {{ read_text('"Country"') }} as country_name,
            {{ read_local_time('"InvoiceDate"') }} as ordered_at,
            _export_date as export_date
        from {{ readable_rows("online_retail", "invoices") }}
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
                    quantity nulls last,
                    ordered_at nulls last,
                    customer_key nulls last
            ) as line_number
        from lines
    )

select
    concat(order_id, '/', cast(line_number as string)) as order_line_id,
    order_id,
    nullif(customer_key, '') as customer_key,
    sku,
    product_name,
    quantity,
    unit_price,
    try_cast(quantity * unit_price as decimal(18, 4)) as line_amount,
    country_name,
    substr(order_id, 1, 1) = 'C' as is_credit_note,
    ordered_at,
    export_date
from numbered
