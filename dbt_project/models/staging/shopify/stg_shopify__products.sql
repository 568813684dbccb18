-- Grain: one row per variant (SKU) that any catalogue export named. The catalogue is a
-- full snapshot: what the newest one lacks is withdrawn, not forgotten, because orders
-- and views of the past still name it. A product whose variants have no SKU is one row
-- by its handle, at the lowest price of them.
with
    catalogue_rows as (
        select
            {{ read_text('"Handle"') }} as handle,
            {{ read_text('"Title"') }} as title,
            {{ read_text('"Type"') }} as category,
            {{ read_text('"Vendor"') }} as brand,
            {{ read_text('"Tags"') }} as tags,
            {{ without_tags('"Body (HTML)"') }} as description,
            {{ read_text('"Variant SKU"') }} as sku,
            {{ read_integer('"Variant Inventory Qty"') }} as stock_quantity,
            lower(trim("Variant Inventory Policy"))
            = 'continue' as is_sold_without_stock,
            cast({{ read_decimal('"Variant Price"') }} as decimal(18, 2)) as price,
            {{ read_text('"Image Src"') }} as image_url,
            {{ read_integer('"Image Position"') }} as image_position,
            coalesce(lower(trim("Status")), 'active') as status,
            _export_date as export_date
        from {{ readable_rows("shopify", "products") }}
    ),

    -- the title, words, image and status stand on a product's first row only
    products as (
        select
            handle,
            export_date,
            max(title) as title,
            max(category) as category,
            max(brand) as brand,
            max(tags) as tags,
            max(description) as description,
            coalesce(
                min(case when image_position = 1 then image_url end), min(image_url)
            ) as image_url,
            min(status) as status
        from catalogue_rows
        group by handle, export_date
    ),

    -- a row that only adds an image has neither
    without_sku as (
        select
            handle as sku,
            handle,
            export_date,
            min(price) as price,
            sum(stock_quantity) as stock_quantity,
            max(case when is_sold_without_stock then 1 else 0 end)
            = 1 as is_sold_without_stock
        from catalogue_rows
        where sku is null and (price is not null or title is not null)
        group by handle, export_date
    ),

    sold_rows as (
        select sku, handle, export_date, price, stock_quantity, is_sold_without_stock
        from catalogue_rows
        where sku is not null
        union all
        select sku, handle, export_date, price, stock_quantity, is_sold_without_stock
        from without_sku
    ),

    variants as (
        select
            catalogue_rows.sku,
            catalogue_rows.handle,
            products.title,
            products.category,
            products.brand,
            products.tags,
            products.description,
            products.image_url,
            products.status,
            catalogue_rows.price,
            catalogue_rows.stock_quantity,
            catalogue_rows.is_sold_without_stock,
            catalogue_rows.export_date,
            max(catalogue_rows.export_date) over () as newest_export_date,
            row_number() over (
                partition by catalogue_rows.sku
                order by
                    catalogue_rows.export_date desc nulls last,
                    catalogue_rows.handle nulls last,
                    catalogue_rows.price nulls last
            ) as newness
        from sold_rows as catalogue_rows
        inner join products using (handle, export_date)
    )

select
    sku,
    handle,
    title as product_name,
    category,
    brand,
    tags,
    description,
    concat('{{ var("shop_url") }}/products/', handle) as product_url,
    image_url,
    price,
    '{{ var("reporting_currency") }}' as currency,
    stock_quantity,
    export_date = newest_export_date
    and status = 'active'
    and (coalesce(stock_quantity, 0) > 0 or is_sold_without_stock) as is_available,
    export_date
from variants
where newness = 1
