-- Grain: one row per product and another that is bought with it, the 5 most frequent
-- ones: kept orders of a year, at least 2 in common. Ties by SKU.
with
    lines as (
        select distinct order_lines.order_id, order_lines.sku
        from {{ ref("order_lines") }} as order_lines
        where
            order_lines.is_kept
            and order_lines.sku is not null
            and order_lines.ordered_at >= {{ days_before(365) }}
            and {{ may_be_profiled("order_lines.profile_id") }}
    ),

    pairs as (
        select lines.sku, others.sku as other_sku, count(*) as order_count
        from lines
        inner join
            lines as others
            on others.order_id = lines.order_id
            and others.sku <> lines.sku
        group by lines.sku, others.sku
        having count(*) >= 2
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by sku
                order by order_count desc nulls last, other_sku nulls last
            ) as place
        from pairs
    )

select concat(sku, '/', other_sku) as pair_id, sku, other_sku, order_count, place
from placed
where place <= 5
