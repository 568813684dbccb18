-- Grain: one row per product that may be recommended tonight: in stock, not withdrawn,
-- and with a name. A category that no list calls used up is bought once.
select
    products.sku,
    products.product_key,
    products.product_name,
    products.category,
    coalesce(kinds.is_one_time, true) as is_one_time
from {{ ref("products") }} as products
left join
    {{ ref("product_kinds") }} as kinds
    on lower(kinds.category) = lower(products.category)
where products.is_available and products.product_name is not null
