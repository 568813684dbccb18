-- Grain: one row per person who ever put something into a cart: the cart as it stands.
-- An order closes the cart, also one that is cancelled later, and so does a purchase
-- that the website tells. A cart that nobody touched for long is expired: a reminder of
-- it would be a riddle.
with
    contents as (
        select profile_id, cast(sum(quantity) as bigint) as item_count
        from {{ ref("cart_items") }}
        group by profile_id
    ),

    -- what is sold out or withdrawn cannot be bought any more: no mail may offer it
    offered as (
        select
            *,
            row_number() over (
                partition by profile_id
                order by last_added_at desc nulls last, item_key nulls last
            ) as place
        from {{ ref("cart_items") }}
        where is_available
    ),

    offers as (
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
                        "quantity": "quantity",
                    },
                    ["place"],
                )
            }} as items_json
        from offered
        group by profile_id
    ),

    people as (
        select
            profile_id,
            max(event_at) as last_changed_at,
            max(case when is_since_last_order then 1 else 0 end)
            = 1 as has_changed_since_order
        from {{ ref("int_cart_changes") }}
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
        when offers.profile_id is null
        then 'sold_out'
        else 'open'
    end as cart_status,
    coalesce(contents.item_count, 0) as item_count,
    coalesce(offers.cart_value, 0) as cart_value,
    offers.items_json,
    people.last_changed_at
from people
left join contents using (profile_id)
left join offers using (profile_id)
