-- Grain: one row per event and product that goes into a cart or comes out of it, and
-- whether it has been bought since.
select
    events.event_id,
    events.profile_id,
    items.item_key,
    items.sku,
    items.product_name,
    case
        when events.event_name = 'add_to_cart' then items.quantity else - items.quantity
    end as quantity_change,
    items.price,
    events.event_at,
    -- an order of the same second closes it, too
    coalesce(events.event_at > people.closed_at, true)
    and coalesce(events.event_at > devices.closed_at, true) as is_since_last_order
from {{ ref("int_web_events_attributed") }} as events
inner join {{ ref("int_web_event_items_unioned") }} as items using (event_id)
left join
    {{ ref("int_carts_closed") }} as people on people.profile_id = events.profile_id
left join
    {{ ref("int_carts_closed") }} as devices on devices.device_id = events.device_id
where
    events.event_name in ('add_to_cart', 'remove_from_cart')
    and events.profile_id is not null
