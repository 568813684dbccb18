-- Grain: one row per human web event. `sku` where the event names exactly one product,
-- `order_id` where the number that it names is an order's.
with
    items as (
        -- one product for sure, else none
        select event_id, case when count(*) = 1 then max(sku) end as sku
        from {{ ref("int_web_event_items_unioned") }}
        group by event_id
    )

select
    events.event_id,
    events.profile_id,
    events.session_id,
    events.event_name,
    items.sku,
    products.category,
    events.page_url,
    events.search_term,
    events.scroll_percent,
    events.form_name,
    events.video_title,
    events.order_reference,
    matched.order_id,
    events.is_logged_in,
    events.event_at
from {{ ref("int_web_events_attributed") }} as events
left join items using (event_id)
left join
    {{ ref("int_web_orders_matched") }} as matched
    on matched.order_reference = events.order_reference
left join {{ ref("products") }} as products on products.sku = items.sku
