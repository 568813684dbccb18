-- Grain: one row per human session: how the visit came about, and on what device.
-- Its first event tells: the page it landed on, the page before, the campaign. The
-- first matching rule of channel_groups and of device_patterns decides.
with
    -- all that is needed of most events
    visits as (
        select
            events.session_id,
            min(events.event_at) as started_at,
            lower(coalesce(max(events.device_category), '')) as category,
            lower(coalesce(max(events.user_agent), '')) as user_agent
        from {{ ref("int_web_events_unioned") }} as events
        where events.session_id is not null
        group by events.session_id
    ),

    devices as (
        select visits.session_id, visits.started_at, visits.category, visits.user_agent
        from visits
        inner join {{ ref("int_web_sessions_judged") }} as sessions using (session_id)
        where not sessions.is_bot
    ),

    ordered as (
        select
            events.session_id,
            events.page_url,
            events.referrer_url,
            events.utm_source,
            events.utm_medium,
            events.utm_campaign,
            events.utm_content,
            events.utm_term,
            row_number() over (
                partition by events.session_id
                order by
                    -- of events in one instant, the one that says more
                    case when events.page_url is null then 1 else 0 end nulls last,
                    case when events.utm_source is null then 1 else 0 end nulls last,
                    events.event_id nulls last
            ) as place
        from {{ ref("int_web_events_unioned") }} as events
        inner join
            devices
            on devices.session_id = events.session_id
            and devices.started_at = events.event_at
    ),

    landings as (
        select
            *,
            {{ url_host("page_url") }} as page_host,
            {{ url_host("referrer_url") }} as referrer_host,
            {{ known_origin("utm_source") }} as origin_source,
            {{ known_origin("utm_medium") }} as origin_medium,
            case
                {% for click_id in ["gclid", "gbraid", "wbraid", "msclkid"] %}
                    when
                        page_url like '%{{ click_id }}=%'
                        and {{ url_parameter("page_url", click_id) }} is not null
                    then '{{ click_id }}'
                {% endfor %}
                else ''
            end as click_id
        from ordered
        where place = 1
    ),

    origins as (
        select
            session_id,
            page_url,
            referrer_url,
            utm_source,
            utm_medium,
            utm_campaign,
            utm_content,
            utm_term,
            origin_source,
            origin_medium,
            -- the shop itself sends nobody
            case
                when referrer_host is null or referrer_host = page_host
                then ''
                else referrer_host
            end as origin_host,
            click_id
        from landings
    ),

    known_origins as (
        select distinct origin_source, origin_medium, origin_host, click_id from origins
    ),

    channels as (
        select
            known.origin_source,
            known.origin_medium,
            known.origin_host,
            known.click_id,
            min(rules.priority) as priority
        from known_origins as known
        inner join
            {{ ref("channel_groups") }} as rules
            on {{
                matches_pattern(
                    "known.origin_source", "coalesce(rules.source_pattern, '')"
                )
            }}
            and {{
                matches_pattern(
                    "known.origin_medium", "coalesce(rules.medium_pattern, '')"
                )
            }}
            and {{
                matches_pattern(
                    "known.origin_host", "coalesce(rules.referrer_pattern, '')"
                )
            }}
            and {{
                matches_pattern(
                    "known.click_id", "coalesce(rules.click_id_pattern, '')"
                )
            }}
        group by
            known.origin_source, known.origin_medium, known.origin_host, known.click_id
    ),

    known_devices as (select distinct category, user_agent from devices),

    classes as (
        select known.category, known.user_agent, min(rules.priority) as priority
        from known_devices as known
        inner join
            {{ ref("device_patterns") }} as rules
            on {{
                matches_pattern(
                    "case when rules.matched_on = 'category' then known.category "
                    "else known.user_agent end",
                    "coalesce(rules.pattern, '')",
                )
            }}
        group by known.category, known.user_agent
    )

select
    origins.session_id,
    origins.page_url as landing_page_url,
    origins.referrer_url,
    origins.utm_source,
    origins.utm_medium,
    origins.utm_campaign,
    origins.utm_content,
    origins.utm_term,
    coalesce(channel_groups.channel_group, 'Other') as channel_group,
    coalesce(device_patterns.device_class, 'unknown') as device_class
from origins
inner join devices using (session_id)
left join
    channels
    on channels.origin_source = origins.origin_source
    and channels.origin_medium = origins.origin_medium
    and channels.origin_host = origins.origin_host
    and channels.click_id = origins.click_id
left join
    {{ ref("channel_groups") }} as channel_groups
    on channel_groups.priority = channels.priority
left join
    classes
    on classes.category = devices.category
    and classes.user_agent = devices.user_agent
left join
    {{ ref("device_patterns") }} as device_patterns
    on device_patterns.priority = classes.priority
