-- Grain: one row per area and product on offer, the most bought in 90 days first, ties
-- by SKU. Of several variants the most bought stands for the product. The area
-- `everywhere` lists every product, also those that nobody bought, so that there is
-- always something to show.
with
    areas as (
        select profile_id, area
        from {{ ref("int_profile_areas") }}
        where area <> 'everywhere'
    ),

    sold as (
        select profile_id, order_id, sku
        from {{ ref("order_lines") }}
        where is_kept and sku is not null and ordered_at >= {{ days_before(90) }}
    ),

    counted as (
        select areas.area, sold.sku, count(distinct sold.order_id) as order_count
        from sold
        inner join areas using (profile_id)
        group by areas.area, sold.sku
        union all
        select 'everywhere' as area, sku, count(distinct order_id) as order_count
        from sold
        group by sku
    ),

    offered as (
        select counted.area, counted.sku, offered.product_key, counted.order_count
        from counted
        inner join {{ ref("offered_products") }} as offered using (sku)
        union all
        select 'everywhere' as area, offered.sku, offered.product_key, 0 as order_count
        from {{ ref("offered_products") }} as offered
        where
            not exists (
                select 1
                from counted
                where counted.area = 'everywhere' and counted.sku = offered.sku
            )
    ),

    variants as (
        select
            area,
            sku,
            order_count,
            row_number() over (
                partition by area, product_key
                order by order_count desc nulls last, sku nulls last
            ) as choice
        from offered
    )

select
    concat(area, '/', sku) as popular_product_id,
    area,
    sku,
    order_count,
    row_number() over (
        partition by area order by order_count desc nulls last, sku nulls last
    ) as place
from variants
where choice = 1
