-- Grain: one row per person who gets a mail and product in their open cart that can
-- still be bought: what the mail tells of it, its price in the mail's currency. Of
-- whoever has refused personalisation none.
select
    items.cart_item_id,
    items.profile_id,
    items.sku,
    items.product_key,
    items.product_name,
    items.product_url,
    items.image_url,
    items.quantity,
    prices.price,
    row_number() over (
        partition by items.profile_id
        order by items.last_added_at desc nulls last, items.item_key nulls last
    ) as place
from {{ ref("cart_items") }} as items
inner join {{ ref("act_wallets") }} as wallets using (profile_id)
inner join
    {{ ref("carts") }} as carts
    on carts.profile_id = items.profile_id
    and carts.cart_status = 'open'
left join
    {{ ref("cart_item_prices") }} as prices
    on prices.cart_item_id = items.cart_item_id
    and prices.currency = wallets.currency
left join {{ ref("personalisation_refusals") }} as refusals using (profile_id)
where items.is_available and refusals.profile_id is null
