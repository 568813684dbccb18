-- A returned row is a product that a mail recommends although it, or a variant of it,
-- is in the cart that the mail shows.
select recommended.recommendation_id
from {{ ref("act_recommended_products") }} as recommended
inner join {{ ref("products") }} as products on products.sku = recommended.sku
inner join
    {{ ref("act_cart_items") }} as items
    on items.profile_id = recommended.profile_id
    and items.product_key = products.product_key
