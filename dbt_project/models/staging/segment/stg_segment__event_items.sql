-- Grain: one row per delivered row and product that it names.
-- An event speaks of several products in `products`, of one in its own properties.
with
    events as (
        select
            file_id,
            export_date,
            row_number,
            properties,
            {{ json_text("properties", "$.products") }} as products
        from {{ ref("stg_segment__events") }}
    ),

    items as (
        select file_id, export_date, row_number, {{ explode_json("products") }} as item
        from events
        where products is not null
        union all
        select file_id, export_date, row_number, properties as item
        from events
        where products is null and properties is not null
    ),

    named as (
        select
            file_id,
            export_date,
            row_number,
            coalesce(
                {{ json_text("item", "$.sku") }},
                {{ json_text("item", "$.product_id") }}
            ) as sku,
            {{ json_text("item", "$.name") }} as product_name,
            coalesce(
                try_cast({{ json_text("item", "$.quantity") }} as integer), 1
            ) as quantity,
            try_cast({{ json_text("item", "$.price") }} as decimal(18, 2)) as price
        from items
    )

select
    file_id,
    export_date,
    row_number,
    sku,
    max(product_name) as product_name,
    cast(sum(quantity) as bigint) as quantity,
    max(price) as price
from named
where sku is not null
group by file_id, export_date, row_number, sku
