-- Grain: one row per person: the product viewed last, while it may still be offered: in
-- stock, not withdrawn, and not bought, in whatever variant, since the view.
with
    ranked as (
        select
            profile_id,
            sku,
            event_at,
            row_number() over (
                partition by profile_id
                order by event_at desc nulls last, sku nulls last
            ) as lastness
        from {{ ref("web_events") }}
        where event_name = 'product_view' and sku is not null and profile_id is not null
    )

select
    ranked.profile_id,
    products.sku,
    products.product_name,
    products.product_url,
    products.image_url,
    products.category,
    ranked.event_at as viewed_at
from ranked
inner join {{ ref("products") }} as products using (sku)
where
    ranked.lastness = 1
    and products.is_available
    and products.product_name is not null
    and not exists (
        select 1
        from {{ ref("order_lines") }} as order_lines
        inner join {{ ref("products") }} as bought on bought.sku = order_lines.sku
        where
            order_lines.profile_id = ranked.profile_id
            and bought.product_key = products.product_key
            and order_lines.is_kept
            and order_lines.ordered_at >= ranked.event_at
    )
