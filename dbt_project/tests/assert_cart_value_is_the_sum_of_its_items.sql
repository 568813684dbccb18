-- A returned row is a cart whose value differs from price times quantity of its items.
with
    exploded as (
        select profile_id, {{ explode_json("items_json") }} as item
        from {{ ref("carts") }}
        where items_json is not null
    ),

    priced as (
        select
            profile_id,
            cast({{ json_text("item", "$.price") }} as decimal(18, 2)) as price,
            cast({{ json_text("item", "$.quantity") }} as bigint) as quantity
        from exploded
    ),

    summed as (
        select
            profile_id,
            coalesce(sum(price * quantity), 0) as value_of_items,
            sum(quantity) as count_of_items
        from priced
        group by profile_id
    )

select carts.profile_id
from {{ ref("carts") }} as carts
left join summed using (profile_id)
where
    carts.cart_value <> coalesce(summed.value_of_items, 0)
    or carts.item_count < coalesce(summed.count_of_items, 0)
