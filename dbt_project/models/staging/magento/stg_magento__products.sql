-- Grain: one row per SKU that any catalogue export named. The catalogue is a full
-- snapshot: what the newest one lacks is withdrawn, not forgotten. Variants that are
-- not visible on their own have no page, so they are known and not offered. Attributes
-- of a choice list arrive as the choice's number, which is no name.
{% set attribute = "custom_attributes" %}
with
    catalogue_rows as (
        select
            trim(sku) as sku,
            {{ read_text("name") }} as product_name,
            coalesce(
                {{ json_named_text(attribute, "attribute_code", "brand", "value") }},
                {{
                    json_named_text(
                        attribute, "attribute_code", "manufacturer", "value"
                    )
                }}
            ) as brand,
            {{ json_named_text(attribute, "attribute_code", "meta_keyword", "value") }}
            as tags,
            coalesce(
                {{
                    json_named_text(
                        attribute, "attribute_code", "short_description", "value"
                    )
                }},
                {{
                    json_named_text(
                        attribute, "attribute_code", "description", "value"
                    )
                }}
            ) as html_description,
            {{ json_named_text(attribute, "attribute_code", "url_key", "value") }}
            as url_key,
            {{ json_named_text(attribute, "attribute_code", "image", "value") }}
            as image,
            cast({{ read_decimal("price") }} as decimal(18, 2)) as price,
            cast(
                {{
                    read_decimal(
                        json_text("extension_attributes", "$.stock_item.qty")
                    )
                }} as bigint
            ) as stock_quantity,
            coalesce(
                {{
                    read_boolean(
                        json_text("extension_attributes", "$.stock_item.is_in_stock")
                    )
                }},
                true
            ) as is_in_stock,
            coalesce(trim(status) = '1', false) as is_enabled,
            coalesce(trim(visibility) <> '1', false) as is_visible,
            _export_date as export_date,
            {{ row_content("magento", "products") }} as row_content
        from {{ readable_rows("magento", "products") }}
    ),

    numbered as (
        select
            *,
            max(export_date) over () as newest_export_date,
            row_number() over (
                partition by sku
                order by export_date desc nulls last, row_content nulls last
            ) as newness
        from catalogue_rows
    )

select
    sku,
    product_name,
    -- the list of products names its categories by number only
    cast(null as string) as category,
    case when not {{ matches("brand", "^[0-9]+$") }} then brand end as brand,
    {{ read_text("tags") }} as tags,
    {{ without_tags("html_description") }} as description,
    case
        when url_key is not null then concat('{{ var("shop_url") }}/', url_key, '.html')
    end as product_url,
    case
        when image <> 'no_selection'
        then concat('{{ var("shop_url") }}/media/catalog/product', image)
    end as image_url,
    price,
    -- prices are in the shop's base currency, which a product does not name
    '{{ var("reporting_currency") }}' as currency,
    stock_quantity,
    export_date = newest_export_date
    and is_enabled
    and is_visible
    and is_in_stock as is_available,
    export_date
from numbered
where newness = 1
