-- Grain: one row per product named by an event, counted off in the event's own order.
with
    exploded as (
        select event_id, {{ explode_json("items") }} as item
        from {{ ref("stg_ga4__events") }}
        where items is not null
    ),

    named as (
        select
            event_id,
            {{ json_text("item", "$.item_id") }} as sku,
            {{ json_text("item", "$.item_name") }} as product_name,
            coalesce(
                try_cast({{ json_text("item", "$.quantity") }} as integer), 1
            ) as quantity,
            try_cast({{ json_text("item", "$.price") }} as decimal(18, 2)) as price
        from exploded
    )

select
    event_id,
    sku,
    max(product_name) as product_name,
    cast(sum(quantity) as bigint) as quantity,
    max(price) as price
from named
where sku is not null
group by event_id, sku
