-- Grain: one row per invoice line. Equal lines of one file are real here (5,268 of them
-- in the published set), so they are counted off, not dropped. An invoice that several
-- files hold counts once: it is taken as a whole from the newest of them. A file's id
-- begins with its export date, so the greatest is the newest.
with
    delivered as (
        select
            trim("InvoiceNo") as order_id,
            replace(trim("CustomerID"), '.0', '') as customer_key,
            {{ read_text('"StockCode"') }} as sku,
            {{ read_text('"Description"') }} as product_name,
            {{ read_integer('"Quantity"') }} as quantity,
            {{ read_precise_decimal('"UnitPrice"') }} as unit_price,
            {{ read_text('"Country"') }} as country_name,
            {{ read_local_time('"InvoiceDate"') }} as ordered_at,
            _export_date as export_date,
            _file_id as file_id
        from {{ readable_rows("online_retail", "invoices") }}
    ),

    newest_files as (
        select order_id, max(file_id) as file_id from delivered group by order_id
    ),

    lines as (
        select delivered.*
        from delivered
        inner join
            newest_files
            on newest_files.order_id = delivered.order_id
            and newest_files.file_id = delivered.file_id
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
