-- Grain: one row per person who may be profiled: the kept order line that they bought
-- last and that a product's name is known of; of one order the dearest.
with
    numbered as (
        select
            *,
            row_number() over (
                partition by profile_id
                order by
                    ordered_at desc nulls last,
                    line_amount desc nulls last,
                    order_line_id nulls last
            ) as newness
        from {{ ref("order_lines") }}
        where is_kept and profile_id is not null and product_name is not null
    )

select profile_id, sku, product_name, category, ordered_at
from numbered
where newness = 1 and {{ may_be_profiled("numbered.profile_id") }}
