-- Grain: one row per event that puts a product into a cart or takes one out.
select
    events.event_id,
    events.profile_id,
    items.sku,
    case
        when events.event_name = 'add_to_cart' then items.quantity else - items.quantity
    end as quantity_change,
    items.price,
    events.event_at
from {{ ref("int_web_events_attributed") }} as events
inner join {{ ref("int_web_event_items_unioned") }} as items using (event_id)
where
    events.event_name in ('add_to_cart', 'remove_from_cart')
    and events.profile_id is not null
