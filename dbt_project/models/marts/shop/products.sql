-- Grain: one row per SKU that any catalogue ever named. Where several catalogues name
-- it, the one that may offer it stands here, then the alphabetically first.
with
    numbered as (
        select
            *,
            row_number() over (
                partition by sku
                order by
                    case when is_available then 0 else 1 end nulls last,
                    source nulls last
            ) as choice
        from {{ ref("int_products_unioned") }}
    )

select
    sku,
    case
        when product_url is not null and product_name is not null
        then concat(product_url, ' ', product_name)
        else sku
    end as product_key,
    product_name,
    category,
    brand,
    tags,
    description,
    product_url,
    image_url,

    -- below zero it is a mistake of the catalogue, and no reason to stop the night
    case when price >= 0 then price end as price,
    currency,
    stock_quantity,
    is_available
from numbered
where choice = 1
