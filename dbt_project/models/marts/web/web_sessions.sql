-- Grain: one row per human session, with its person where one is known.
-- A bounce is a visit of one page or product, shorter than {{ var("bounce_seconds") }}
-- seconds and without a conversion: what GA4 calls a session that is not engaged.
with
    visits as (
        select
            events.session_id,
            max(events.profile_id) as profile_id,
            max(events.device_category) as device_category,
            count(*) as event_count,
            count(
                case when events.event_name = 'page_view' then 1 end
            ) as page_view_count,
            count(
                case when events.event_name = 'product_view' then 1 end
            ) as product_view_count,
            count(
                case when events.event_name = 'add_to_cart' then 1 end
            ) as cart_add_count,
            count(
                distinct case
                    when events.event_name in ('page_view', 'product_view')
                    then events.page_url
                end
            ) as viewed_url_count,
            count(case when vocabulary.is_conversion then 1 end) as conversion_count,
            cast(
                floor(sum(coalesce(events.engaged_milliseconds, 0)) / 1000) as bigint
            ) as engaged_seconds,
            max(events.is_logged_in) as is_logged_in,
            max(events.has_gpc) as has_gpc,
            min(events.event_at) as started_at,
            max(events.event_at) as ended_at
        from {{ ref("int_web_events_attributed") }} as events
        left join
            {{ ref("event_vocabulary") }} as vocabulary
            on vocabulary.channel = 'web'
            and vocabulary.event_name = events.event_name
        group by events.session_id
    )

select
    visits.session_id,
    visits.profile_id,
    visits.device_category,
    described.device_class,
    described.channel_group,
    described.landing_page_url,
    described.referrer_url,
    described.utm_source,
    described.utm_medium,
    described.utm_campaign,
    described.utm_content,
    described.utm_term,
    visits.event_count,
    visits.page_view_count,
    visits.product_view_count,
    visits.cart_add_count,
    visits.conversion_count,
    visits.engaged_seconds,
    -- a vendor may tell a product's page twice, as a page and as a product
    greatest(
        visits.page_view_count,
        visits.viewed_url_count,
        case when visits.page_view_count = 0 then visits.product_view_count else 0 end
    )
    <= 1
    and visits.engaged_seconds < {{ var("bounce_seconds") }}
    and visits.conversion_count = 0 as is_bounce,
    visits.is_logged_in,
    visits.has_gpc,
    visits.started_at,
    visits.ended_at
from visits
inner join {{ ref("int_web_sessions_described") }} as described using (session_id)
