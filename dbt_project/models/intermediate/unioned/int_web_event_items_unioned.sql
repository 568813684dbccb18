-- Grain: one row per web event and product that it names, from the delivery that
-- stands; its price in the reporting currency, null where the event's own has no rate.
with
    rates as (
        select currency, cast(rate as decimal(18, 6)) as rate
        from {{ ref("exchange_rates") }}
        where reporting_currency = '{{ var("reporting_currency") }}'
    )

select
    events.source,
    events.event_id,
    items.item_key,
    items.sku,
    items.product_name,
    items.quantity,
    cast(items.price * rates.rate as decimal(18, 2)) as price
from {{ ref("int_web_event_item_deliveries") }} as items
inner join
    {{ ref("int_web_events_unioned") }} as events
    on events.source = items.source
    and events.file_id = items.file_id
    and events.row_number = items.row_number
left join rates on rates.currency = items.currency
