-- Grain: one row per delivered row and product that it names.
with
    exploded as (
        select
            file_id,
            export_date,
            row_number,
            currency,
            {{ explode_json("items") }} as item
        from {{ ref("stg_ga4__events") }}
        where items is not null
    ),

    named as (
        select
            file_id,
            export_date,
            row_number,
            {{ json_text("item", "$.item_id") }} as sku,
            {{ json_text("item", "$.item_name") }} as product_name,
            coalesce(
                try_cast({{ json_text("item", "$.quantity") }} as integer), 1
            ) as quantity,
            try_cast({{ json_text("item", "$.price") }} as decimal(18, 2)) as price,
            currency
        from exploded
    )

    {{ web_event_items("named") }}
