-- Grain: one row per planned person and place (1 to 3): what most people bought in the
-- last 90 days, in stock, and not yet owned. Ties by SKU.
with
    popular as (
        select
            order_lines.sku,
            count(distinct order_lines.order_id) as order_count,
            row_number() over (
                order by
                    count(distinct order_lines.order_id) desc nulls last,
                    order_lines.sku nulls last
            ) as popularity
        from {{ ref("order_lines") }} as order_lines
        inner join {{ ref("products") }} as products using (sku)
        where
            order_lines.is_kept
            and order_lines.ordered_at >= {{ days_before(90) }}
            and products.is_available
        group by order_lines.sku
    ),

    people as (select profile_id from {{ ref("act_send_plan") }} where is_planned),

    candidates as (
        select people.profile_id, popular.sku, popular.popularity
        from people
        inner join popular on popular.popularity <= 20
        where
            not exists (
                select 1
                from {{ ref("order_lines") }} as owned
                where
                    owned.profile_id = people.profile_id
                    and owned.sku = popular.sku
                    and owned.is_kept
            )
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by profile_id order by popularity nulls last
            ) as place
        from candidates
    )

select
    concat(placed.profile_id, '/', cast(placed.place as string)) as recommendation_id,
    placed.profile_id,
    placed.place,
    products.sku,
    products.product_name,
    products.product_url,
    products.image_url,
    products.price,
    'popular in the last 90 days' as reason
from placed
inner join {{ ref("products") }} as products using (sku)
where placed.place <= 3
