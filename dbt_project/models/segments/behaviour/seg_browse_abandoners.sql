-- Who: people who last looked at a product more than 48 hours and at most 30 days ago.
-- Why: they wanted something; show it once more before they forget it.
-- Not: who put anything into the cart in the last 48 hours or has an open cart (that is
-- seg_cart_abandoners), who bought anything in the last 7 days, or who has refused
-- personalisation. A purchase on the website counts until an export has its order.
select views.profile_id
from {{ ref("web_events") }} as views
left join {{ ref("carts") }} as carts on carts.profile_id = views.profile_id
where
    views.event_name = 'product_view'
    and views.profile_id is not null
    and coalesce(carts.cart_status, '') <> 'open'
    and not exists (
        select 1
        from {{ ref("web_events") }} as deeds
        where
            deeds.profile_id = views.profile_id
            and case
                when deeds.event_name = 'add_to_cart'
                then deeds.event_at >= {{ hours_before(48) }}
                when deeds.event_name = 'purchase' and deeds.order_id is null
                then deeds.event_at >= {{ days_before(7) }}
            end
    )
    and not exists (
        select 1
        from {{ ref("orders") }} as orders
        where
            orders.profile_id = views.profile_id
            and orders.is_kept
            and orders.ordered_at >= {{ days_before(7) }}
    )
    and views.profile_id
    not in (select profile_id from {{ ref("personalisation_refusals") }})
group by views.profile_id
having
    max(views.event_at) < {{ hours_before(48) }}
    and max(views.event_at) >= {{ days_before(30) }}
