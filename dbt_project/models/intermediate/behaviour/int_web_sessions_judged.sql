-- Grain: one row per session, judged human or machine.
-- A machine says so in its browser's name, or views pages faster than a person can.
with
    per_minute as (
        select
            session_id,
            date_trunc('minute', event_at) as minute_at,
            count(*) as page_views
        from {{ ref("int_web_events_unioned") }}
        where event_name in ('page_view', 'product_view')
        group by session_id, date_trunc('minute', event_at)
    ),

    fastest as (
        select session_id, max(page_views) as page_views_in_fastest_minute
        from per_minute
        group by session_id
    ),

    sessions as (
        select session_id, max(browser) as browser
        from {{ ref("int_web_events_unioned") }}
        group by session_id
    ),

    named_machines as (
        select distinct sessions.session_id
        from sessions
        inner join
            {{ ref("bot_browsers") }} as bot_browsers
            on lower(sessions.browser) like bot_browsers.browser_pattern
    )

select
    sessions.session_id,
    coalesce(fastest.page_views_in_fastest_minute, 0) as page_views_in_fastest_minute,
    named_machines.session_id is not null
    or coalesce(fastest.page_views_in_fastest_minute, 0)
    > {{ var("bot_page_views_per_minute") }} as is_bot
from sessions
left join fastest using (session_id)
left join named_machines using (session_id)
