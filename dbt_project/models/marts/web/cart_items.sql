-- Grain: one row per person and product in the cart: what was put in since the last
-- order and not taken out again. What no catalogue knows is told by the event's own
-- name and price.
with
    items as (
        select
            profile_id,
            item_key,
            max(sku) as sku,
            max(product_name) as product_name,
            sum(quantity_change) as quantity,
            max(case when price >= 0 then price end) as price,
            max(case when quantity_change > 0 then event_at end) as last_added_at
        from {{ ref("int_cart_changes") }}
        where is_since_last_order
        group by profile_id, item_key
        having sum(quantity_change) > 0
    ),

    rates as (
        select currency, cast(rate as decimal(18, 6)) as rate
        from {{ ref("exchange_rates") }}
        where reporting_currency = '{{ var("reporting_currency") }}'
    )

select
    concat(items.profile_id, '/', items.item_key) as cart_item_id,
    items.profile_id,
    items.item_key,
    items.sku,
    products.product_key,
    coalesce(products.product_name, items.product_name, items.sku) as product_name,
    products.product_url,
    products.image_url,
    cast(items.quantity as bigint) as quantity,
    case
        when products.price is null
        then items.price
        else cast(products.price * rates.rate as decimal(18, 2))
    end as price,
    products.price is not null as is_priced_by_catalogue,
    -- a product that no catalogue names is not known to be gone
    coalesce(products.is_available, true) as is_available,
    items.last_added_at
from items
left join {{ ref("products") }} as products on products.sku = items.sku
left join
    rates
    on rates.currency = coalesce(products.currency, '{{ var("reporting_currency") }}')
