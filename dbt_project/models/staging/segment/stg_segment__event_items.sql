-- Grain: one row per delivered row and product that it names.
-- An event speaks of several products in `products`, of one in its own properties.
with
    events as (
        select
            file_id,
            export_date,
            row_number,
            vendor_event_name,
            properties,
            {{ json_text("properties", "$.products") }} as products,
            {{ json_text("properties", "$.currency") }} as currency
        from {{ ref("stg_segment__events") }}
    ),

    items as (
        select
            file_id,
            export_date,
            row_number,
            currency,
            true as is_product,
            {{ explode_json("products") }} as item
        from events
        where products is not null
        union all
        -- on other calls `name` is a page's, a form's or a promotion's
        select
            file_id,
            export_date,
            row_number,
            currency,
            coalesce(vendor_event_name, '') like 'product %'
            or {{ json_text("properties", "$.sku") }} is not null
            or {{ json_text("properties", "$.product_id") }} is not null as is_product,
            properties as item
        from events
        where products is null and properties is not null
    ),

    named as (
        select
            file_id,
            export_date,
            row_number,
            coalesce(
                {{ read_told(json_text("item", "$.sku")) }},
                {{ read_told(json_text("item", "$.product_id")) }}
            ) as sku,
            case
                when is_product then {{ json_text("item", "$.name") }}
            end as product_name,
            coalesce(
                try_cast({{ json_text("item", "$.quantity") }} as integer), 1
            ) as quantity,
            try_cast({{ json_text("item", "$.price") }} as decimal(18, 2)) as price,
            coalesce({{ json_text("item", "$.currency") }}, currency) as currency
        from items
    )

    {{ web_event_items("named") }}
