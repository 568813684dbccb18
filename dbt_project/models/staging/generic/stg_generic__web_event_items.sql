-- Grain: one row per delivered row and product that it names.
-- One product stands in the row's own columns, several in the JSON list `items`.
with
    events as (select * from {{ ref("stg_generic__web_events") }}),

    exploded as (
        select
            file_id,
            export_date,
            row_number,
            currency,
            {{ explode_json("items") }} as item
        from events
        where items is not null
    ),

    named as (
        select
            file_id,
            export_date,
            row_number,
            {{ json_text("item", "$.sku") }} as sku,
            {{ json_text("item", "$.product_name") }} as product_name,
            coalesce(
                try_cast({{ json_text("item", "$.quantity") }} as integer), 1
            ) as quantity,
            try_cast({{ json_text("item", "$.price") }} as decimal(18, 2)) as price,
            coalesce({{ json_text("item", "$.currency") }}, currency) as currency
        from exploded
        union all
        select
            file_id,
            export_date,
            row_number,
            sku,
            product_name,
            coalesce(quantity, 1),
            price,
            currency
        from events
        where {{ read_text("items") }} is null
    )

    {{ web_event_items("named") }}
