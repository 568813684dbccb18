-- Grain: one row per person who may be profiled: the product that they viewed last, and
-- whether they bought it since, in whatever variant.
with
    numbered as (
        select
            profile_id,
            sku,
            event_at,
            row_number() over (
                partition by profile_id
                order by event_at desc nulls last, sku nulls last
            ) as newness
        from {{ ref("web_events") }} as web_events
        where
            event_name = 'product_view'
            and sku is not null
            and profile_id is not null
            and {{ may_be_profiled("web_events.profile_id") }}
    ),

    bought_since as (
        select distinct views.profile_id
        from numbered as views
        inner join {{ ref("products") }} as viewed on viewed.sku = views.sku
        inner join
            {{ ref("order_lines") }} as order_lines
            on order_lines.profile_id = views.profile_id
            and order_lines.ordered_at >= views.event_at
        inner join
            {{ ref("products") }} as bought
            on bought.sku = order_lines.sku
            and bought.product_key = viewed.product_key
        where views.newness = 1 and order_lines.is_kept
    )

select
    numbered.profile_id,
    numbered.sku,
    numbered.event_at as viewed_at,
    bought_since.profile_id is not null as is_bought_since
from numbered
left join bought_since using (profile_id)
where numbered.newness = 1
