-- Grain: one row per person who ever put something into a cart: the cart as it stands.
-- An order closes the cart, also one that is cancelled later. A cart that nobody
-- touched for long is expired: a reminder of it would be a riddle.
with
    last_orders as (
        select profile_id, max(ordered_at) as last_ordered_at
        from {{ ref("int_orders_attributed") }}
        where profile_id is not null and not is_credit_note
        group by profile_id
    ),

    changes as (
        select
            changes.profile_id,
            changes.sku,
            changes.quantity_change,
            changes.price,
            changes.event_at,
            changes.event_at > coalesce(
                last_orders.last_ordered_at, timestamp '1970-01-01'
            ) as is_since_last_order
        from {{ ref("int_cart_changes") }} as changes
        left join last_orders using (profile_id)
    ),

    items as (
        select profile_id, sku, sum(quantity_change) as quantity, max(price) as price
        from changes
        where is_since_last_order
        group by profile_id, sku
        having sum(quantity_change) > 0
    ),

    rates as (
        select currency, cast(rate as decimal(18, 6)) as rate
        from {{ ref("exchange_rates") }}
        where reporting_currency = '{{ var("reporting_currency") }}'
    ),

    priced as (
        select
            items.profile_id,
            items.sku,
            items.quantity,
            coalesce(products.product_name, items.sku) as product_name,
            products.product_url,
            products.image_url,
            case
                when products.price is null
                then items.price
                else cast(products.price * rates.rate as decimal(18, 2))
            end as price,
            -- a product that no catalogue names is not known to be gone
            coalesce(products.is_available, true) as is_available
        from items
        left join {{ ref("products") }} as products using (sku)
        left join
            rates
            on rates.currency
            = coalesce(products.currency, '{{ var("reporting_currency") }}')
    ),

    contents as (
        select profile_id, cast(sum(quantity) as bigint) as item_count
        from priced
        group by profile_id
    ),

    -- what is sold out or withdrawn cannot be bought any more: no mail may offer it
    offered as (
        select
            profile_id,
            cast(sum(quantity * price) as decimal(18, 2)) as cart_value,
            {{
                json_rows(
                    {
                        "sku": "sku",
                        "name": "product_name",
                        "url": "product_url",
                        "image_url": "image_url",
                        "price": "cast(price as string)",
                        "quantity": "cast(quantity as bigint)",
                    },
                    ["sku"],
                )
            }} as items_json
        from priced
        where is_available
        group by profile_id
    ),

    people as (
        select
            profile_id,
            max(event_at) as last_changed_at,
            max(case when is_since_last_order then 1 else 0 end)
            = 1 as has_changed_since_order
        from changes
        group by profile_id
    )

select
    people.profile_id,
    case
        when not people.has_changed_since_order
        then 'ordered'
        when contents.profile_id is null
        then 'emptied'
        when people.last_changed_at < {{ days_before(var("cart_expires_after_days")) }}
        then 'expired'
        else 'open'
    end as cart_status,
    coalesce(contents.item_count, 0) as item_count,
    coalesce(offered.cart_value, 0) as cart_value,
    offered.items_json,
    people.last_changed_at
from people
left join contents using (profile_id)
left join offered using (profile_id)
