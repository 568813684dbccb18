-- Grain: one row per SKU that any catalogue export named. The catalogue is a full
-- snapshot: what the newest one lacks is withdrawn, not forgotten.
with
    renamed as (
        select
            trim(sku) as sku,
            {{ read_text("product_name") }} as product_name,
            {{ read_text("category") }} as category,
            {{ read_text("brand") }} as brand,
            {{ read_text("tags") }} as tags,
            {{ without_tags("description") }} as description,
            {{ read_text("product_url") }} as product_url,
            {{ read_text("image_url") }} as image_url,
            cast({{ read_decimal("price") }} as decimal(18, 2)) as price,
            upper({{ read_text("currency") }}) as currency,
            {{ read_integer("stock_quantity") }} as stock_quantity,
            {{ read_boolean("is_available") }} as is_offered,
            _export_date as export_date,
            {{ row_content("generic", "products") }} as row_content
        from {{ readable_rows("generic", "products") }}
    ),

    numbered as (
        select
            *,
            max(export_date) over () as newest_export_date,
            row_number() over (
                partition by sku
                order by export_date desc nulls last, row_content nulls last
            ) as newness
        from renamed
    )

select
    sku,
    product_name,
    category,
    brand,
    tags,
    description,
    product_url,
    image_url,
    price,
    coalesce(currency, '{{ var("reporting_currency") }}') as currency,
    stock_quantity,
    -- who does not say whether it may be offered is asked for the stock
    export_date = newest_export_date
    and coalesce(is_offered, stock_quantity > 0, false) as is_available,
    export_date
from numbered
where newness = 1
