-- Grain: one row per web event and product that it names, from the delivery that
-- stands.
select
    events.source,
    events.event_id,
    items.item_key,
    items.sku,
    items.product_name,
    items.quantity,
    items.price
from {{ ref("int_web_event_item_deliveries") }} as items
inner join
    {{ ref("int_web_events_unioned") }} as events
    on events.source = items.source
    and events.file_id = items.file_id
    and events.row_number = items.row_number
