-- Grain: one row per session, judged human or machine.
-- A machine says so in its name, or views pages faster than a person can.
with
    per_minute as (
        select
            session_id,
            date_trunc('minute', event_at) as minute_at,
            count(*) as page_views
        from {{ ref("int_web_events_unioned") }}
        where event_name in ('page_view', 'product_view') and session_id is not null
        group by session_id, date_trunc('minute', event_at)
    ),

    fastest as (
        select session_id, max(page_views) as page_views_in_fastest_minute
        from per_minute
        group by session_id
    ),

    visitors as (
        select distinct
            session_id,
            lower(coalesce(browser, '')) as browser,
            lower(coalesce(user_agent, '')) as user_agent,
            lower(coalesce(device_category, '')) as device_category
        from {{ ref("int_web_events_unioned") }}
        where session_id is not null
    ),

    visitor_names as (
        select distinct browser, user_agent, device_category from visitors
    ),

    named_machines as (
        select
            names.browser,
            names.user_agent,
            names.device_category,
            min(rules.bot_rule) as bot_rule
        from visitor_names as names
        inner join
            {{ ref("bot_browsers") }} as rules
            on case
                when rules.matched_on = 'browser'
                then names.browser
                when rules.matched_on = 'user_agent'
                then names.user_agent
                else names.device_category
            end
            like rules.pattern
        group by names.browser, names.user_agent, names.device_category
    ),

    sessions as (
        select visitors.session_id, min(named_machines.bot_rule) as name_rule
        from visitors
        left join named_machines using (browser, user_agent, device_category)
        group by visitors.session_id
    ),

    judged as (
        select
            sessions.session_id,
            coalesce(
                fastest.page_views_in_fastest_minute, 0
            ) as page_views_in_fastest_minute,
            case
                when sessions.name_rule is not null
                then sessions.name_rule
                when
                    fastest.page_views_in_fastest_minute
                    > {{ var("bot_page_views_per_minute") }}
                then 'page_views_per_minute'
            end as bot_rule
        from sessions
        left join fastest using (session_id)
    )

select
    session_id, page_views_in_fastest_minute, bot_rule, bot_rule is not null as is_bot
from judged
