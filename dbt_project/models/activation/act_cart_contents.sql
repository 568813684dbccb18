-- Grain: one row per person with something in an open cart that can still be bought:
-- what a mail tells of the cart as a whole.
select
    profile_id,
    -- a sum that leaves something out is better not said
    case
        when count(price) = count(*) then cast(sum(quantity * price) as decimal(18, 2))
    end as cart_value,
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
from {{ ref("act_cart_items") }}
group by profile_id
