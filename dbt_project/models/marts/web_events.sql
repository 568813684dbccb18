-- Grain: one row per human web event. `sku` where the event names exactly one product.
with
    items as (
        select event_id, max(sku) as sku, count(*) as item_count
        from {{ ref("int_web_event_items_unioned") }}
        group by event_id
    )

select
    events.event_id,
    events.profile_id,
    events.session_id,
    events.event_name,
    case when items.item_count = 1 then items.sku end as sku,
    products.category,
    events.page_url,
    events.search_term,
    events.scroll_percent,
    events.form_name,
    events.video_title,
    events.order_reference,
    events.is_logged_in,
    events.event_at
from {{ ref("int_web_events_attributed") }} as events
left join items using (event_id)
left join
    {{ ref("products") }} as products
    on products.sku = items.sku
    and items.item_count = 1
