-- Grain: one row per person who may be profiled and product on offer that they do not
-- need: they own it, or another variant, and it is bought once; or it is in their cart.
select bought.profile_id, offered.sku
from {{ ref("bought_products") }} as bought
inner join {{ ref("products") }} as products using (sku)
inner join
    {{ ref("offered_products") }} as offered
    on offered.product_key = products.product_key
where offered.is_one_time
union
select items.profile_id, offered.sku
from {{ ref("cart_items") }} as items
inner join
    {{ ref("carts") }} as carts
    on carts.profile_id = items.profile_id
    and carts.cart_status = 'open'
inner join
    {{ ref("offered_products") }} as offered on offered.product_key = items.product_key
where {{ may_be_profiled("items.profile_id") }}
