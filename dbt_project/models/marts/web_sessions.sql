-- Grain: one row per human session, with its person where one is known.
select
    session_id,
    max(profile_id) as profile_id,
    max(device_category) as device_category,
    count(*) as event_count,
    sum(case when event_name = 'page_view' then 1 else 0 end) as page_view_count,
    sum(case when event_name = 'product_view' then 1 else 0 end) as product_view_count,
    sum(case when event_name = 'add_to_cart' then 1 else 0 end) as cart_add_count,
    cast(sum(coalesce(engaged_milliseconds, 0)) / 1000 as bigint) as engaged_seconds,
    max(is_logged_in) as is_logged_in,
    min(event_at) as started_at,
    max(event_at) as ended_at
from {{ ref("int_web_events_attributed") }}
group by session_id
