-- Grain: one row per person and product viewed three times within any 24 hours of the
-- last 30 days: the newest such time. The 24 hours slide and are half-open: a third
-- view exactly 24 hours after the first is too late. A reload within the same second is
-- one.
with
    views as (
        select distinct profile_id, sku, {{ to_second("event_at") }} as viewed_at
        from {{ ref("web_events") }} as events
        where
            event_name = 'product_view'
            and sku is not null
            and profile_id is not null
            and event_at >= {{ days_before(30) }}
            and {{ may_be_profiled("events.profile_id") }}
    ),

    spans as (
        select
            profile_id,
            sku,
            viewed_at,
            lag(viewed_at, 2) over (
                partition by profile_id, sku order by viewed_at nulls last
            ) as first_viewed_at
        from views
    )

select
    concat(profile_id, '/', sku) as repeated_view_id,
    profile_id,
    sku,
    max(viewed_at) as third_viewed_at
from spans
where viewed_at < first_viewed_at + interval '24' hour
group by profile_id, sku
