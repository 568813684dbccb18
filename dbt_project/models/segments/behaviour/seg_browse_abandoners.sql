-- Who: people who last looked at a product more than 48 hours and at most 30 days ago.
-- Why: they wanted something; show it once more before they forget it.
-- Not: who put anything into the cart in the last 48 hours or has an open cart (that is
-- seg_cart_abandoners), who bought anything in the last 7 days, or who has refused
-- personalisation.
with
    viewers as (
        select profile_id, max(event_at) as last_viewed_at
        from {{ ref("web_events") }}
        where event_name = 'product_view' and profile_id is not null
        group by profile_id
    )

select profile_id
from viewers
where
    last_viewed_at < {{ hours_before(48) }}
    and last_viewed_at >= {{ days_before(30) }}
    and not exists (
        select 1
        from {{ ref("web_events") }} as cart_events
        where
            cart_events.profile_id = viewers.profile_id
            and cart_events.event_name = 'add_to_cart'
            and cart_events.event_at >= {{ hours_before(48) }}
    )
    and not exists (
        select 1
        from {{ ref("carts") }} as carts
        where carts.profile_id = viewers.profile_id and carts.cart_status = 'open'
    )
    and not exists (
        select 1
        from {{ ref("orders") }} as orders
        where
            orders.profile_id = viewers.profile_id
            and orders.is_kept
            and orders.ordered_at >= {{ days_before(7) }}
    )
    and profile_id not in (select profile_id from {{ ref("personalisation_refusals") }})
