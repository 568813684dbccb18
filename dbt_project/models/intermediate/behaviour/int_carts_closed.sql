-- Grain: one row per person and one per device: when what was in the cart was bought
-- last. A purchase that the website tells closes the cart at once, whether or not its
-- order is in an export yet and under whatever address: that of the device, and that of
-- the person who was on it. An order that was left at the payment page closes none.
with
    orders as (
        select order_id, profile_id, ordered_at
        from {{ ref("int_orders_attributed") }}
        where not is_credit_note and (is_purchase or is_cancelled)
    ),

    closings as (
        select profile_id, cast(null as string) as device_id, ordered_at as closed_at
        from orders
        union all
        select profile_id, cast(null as string) as device_id, event_at
        from {{ ref("int_web_events_attributed") }}
        where event_name = 'purchase'
        union all
        select cast(null as string) as profile_id, device_id, event_at
        from {{ ref("int_web_events_unioned") }}
        where event_name = 'purchase'
        union all
        -- a page that names the order, such as the one that says thank you
        select cast(null as string) as profile_id, events.device_id, orders.ordered_at
        from {{ ref("int_web_events_unioned") }} as events
        inner join
            {{ ref("int_web_orders_matched") }} as matched using (order_reference)
        inner join orders on orders.order_id = matched.order_id
    )

select profile_id, device_id, max(closed_at) as closed_at
from closings
where profile_id is not null or device_id is not null
group by profile_id, device_id
