-- Grain: one row per SKU that any catalogue ever named.
select
    sku,
    product_name,
    category,
    product_url,
    image_url,
    price,
    currency,
    stock_quantity,
    is_available
from {{ ref("int_products_unioned") }}
