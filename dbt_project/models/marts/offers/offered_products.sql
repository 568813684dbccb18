-- Grain: one row per product that may be recommended tonight: in stock, not withdrawn,
-- and with a name. Whether whoever has one needs no second is what the list says of its
-- category. A category that it does not name is used up if enough of what people have
-- of it was bought again on a later day, else bought once.
with
    habits as (
        select
            lower(coalesce(products.category, '')) as category,
            count(*) as bought_count,
            count(
                case
                    when
                        {{
                            seconds_between(
                                "bought.first_bought_at", "bought.last_bought_at"
                            )
                        }} >= 86400
                    then 1
                end
            ) as again_count
        from {{ ref("bought_products") }} as bought
        inner join {{ ref("products") }} as products using (sku)
        group by lower(coalesce(products.category, ''))
    )

select
    products.sku,
    products.product_key,
    products.product_name,
    products.category,
    coalesce(
        kinds.is_one_time,
        habits.bought_count < {{ var("bought_again_fewest") }}
        or habits.again_count < {{ var("bought_again_share") }} * habits.bought_count,
        true
    ) as is_one_time
from {{ ref("products") }} as products
left join
    {{ ref("product_kinds") }} as kinds
    on lower(kinds.category) = lower(products.category)
left join habits on habits.category = lower(coalesce(products.category, ''))
where products.is_available and products.product_name is not null
