-- Grain: one row per source and web event before the night's midnight.
-- An event that was delivered again, late or in another file, stands as it came first.
-- Where the vendor knows no sessions, one ends after {{ var("web_session_minutes") }}
-- minutes without an event.
with
    ordered as (
        select
            *,
            row_number() over (
                partition by source, event_id
                order by
                    event_at nulls last,
                    export_date nulls last,
                    file_id nulls last,
                    row_number nulls last
            ) as delivery
        from {{ ref("int_web_event_deliveries") }}
        where event_at < {{ as_of_at() }} and {{ is_of_known_file("file_id") }}
    ),

    pauses as (
        select
            source,
            device_id,
            event_id,
            event_at,
            lag(event_at) over (
                partition by source, device_id
                order by event_at nulls last, event_id nulls last
            ) as previous_at
        from ordered
        where delivery = 1 and session_id is null
    ),

    sessions as (
        select
            source,
            event_id,
            -- the newest start so far
            max(
                case
                    when
                        previous_at is null
                        or previous_at
                        < event_at - interval '{{ var("web_session_minutes") }}' minute
                    then event_at
                end
            ) over (
                partition by source, device_id
                order by event_at nulls last, event_id nulls last
            ) as session_started_at
        from pauses
    )

select
    ordered.source,
    ordered.event_id,
    ordered.device_id,
    ordered.web_user_id,
    coalesce(
        ordered.session_id,
        concat(ordered.device_id, '/', cast(sessions.session_started_at as string))
    ) as session_id,
    ordered.event_name,
    ordered.vendor_event_name,
    ordered.page_url,
    ordered.referrer_url,
    ordered.search_term,
    ordered.scroll_percent,
    ordered.form_name,
    ordered.video_title,
    ordered.utm_source,
    ordered.utm_medium,
    ordered.utm_campaign,
    ordered.utm_content,
    ordered.utm_term,
    ordered.engaged_milliseconds,
    ordered.device_category,
    ordered.browser,
    ordered.user_agent,
    ordered.city,
    ordered.region,
    ordered.country_code,
    ordered.order_reference,
    ordered.has_gpc,
    ordered.event_at,
    ordered.export_date,
    ordered.file_id,
    ordered.row_number
from ordered
left join
    sessions
    on sessions.source = ordered.source
    and sessions.event_id = ordered.event_id
where ordered.delivery = 1
