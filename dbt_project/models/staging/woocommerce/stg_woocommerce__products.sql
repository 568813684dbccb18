-- Grain: one row per product or variation (SKU) that any catalogue export named. The
-- catalogue is a full snapshot: what the newest one lacks is withdrawn, not forgotten.
-- A variation takes from its parent what it does not say itself; its own name is only
-- its size or colour.
with
    catalogue_rows as (
        select
            trim(id) as product_id,
            nullif(trim(parent_id), '0') as parent_id,
            coalesce({{ read_text("sku") }}, trim(id)) as sku,
            {{ read_text("name") }} as product_name,
            {{ json_text("categories", "$[0].name") }} as category,
            {{ json_text("brands", "$[0].name") }} as brand,
            {{ json_texts("tags", "name") }} as tags,
            {{
                without_tags(
                    "coalesce(nullif(trim(short_description), ''), description)"
                )
            }} as description,
            {{ read_text("permalink") }} as product_url,
            coalesce(
                {{ json_text("images", "$[0].src") }}, {{ json_text("image", "$.src") }}
            ) as image_url,
            cast({{ read_decimal("price") }} as decimal(18, 2)) as price,
            {{ read_integer("stock_quantity") }} as stock_quantity,
            coalesce(
                lower(trim(status)) = 'publish'
                and lower(trim(stock_status)) in ('instock', 'onbackorder')
                and coalesce(lower(trim(catalog_visibility)), 'visible') <> 'hidden'
                and coalesce({{ read_boolean("purchasable") }}, true),
                false
            ) as is_offered,
            _export_date as export_date,
            {{ row_content("woocommerce", "products") }} as row_content
        from {{ readable_rows("woocommerce", "products") }}
    ),

    products as (
        select
            *,
            row_number() over (
                partition by product_id, export_date order by row_content nulls last
            ) as delivery
        from catalogue_rows
    ),

    numbered as (
        select
            products.*,
            max(products.export_date) over () as newest_export_date,
            row_number() over (
                partition by products.sku
                order by
                    products.export_date desc nulls last, products.product_id nulls last
            ) as newness
        from products
        where products.delivery = 1
    )

select
    numbered.sku,
    case
        when parents.product_name is null
        then numbered.product_name
        when numbered.product_name is null
        then parents.product_name
        else concat(parents.product_name, ' - ', numbered.product_name)
    end as product_name,
    coalesce(numbered.category, parents.category) as category,
    coalesce(numbered.brand, parents.brand) as brand,
    coalesce(numbered.tags, parents.tags) as tags,
    coalesce(numbered.description, parents.description) as description,
    numbered.product_url,
    coalesce(numbered.image_url, parents.image_url) as image_url,
    numbered.price,
    -- the shop has one currency; its products do not name it
    '{{ var("reporting_currency") }}' as currency,
    numbered.stock_quantity,
    numbered.is_offered
    and numbered.export_date = numbered.newest_export_date as is_available,
    numbered.export_date
from numbered
left join
    products as parents
    on parents.product_id = numbered.parent_id
    and parents.export_date = numbered.export_date
    and parents.delivery = 1
where numbered.newness = 1
