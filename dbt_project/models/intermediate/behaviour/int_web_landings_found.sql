-- Grain: one row per human session: how its first event tells that the visit came
-- about, and the device that it names. Of events in one instant the one that says more.
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
    )

select
    landings.session_id,
    landings.page_url,
    landings.referrer_url,
    landings.utm_source,
    landings.utm_medium,
    landings.utm_campaign,
    landings.utm_content,
    landings.utm_term,
    landings.origin_source,
    landings.origin_medium,
    -- the shop itself sends nobody
    case
        when
            landings.referrer_host is null
            or landings.referrer_host = landings.page_host
        then ''
        else landings.referrer_host
    end as origin_host,
    landings.click_id,
    devices.category,
    devices.user_agent
from landings
inner join devices using (session_id)
