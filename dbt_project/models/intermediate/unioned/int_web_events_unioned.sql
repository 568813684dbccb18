-- Grain: one row per source and web event before the night's midnight.
-- An event that was delivered again, late or in another file, stands as it came first.
-- An event without a session of its vendor's belongs to a visit that ends after
-- {{ var("web_session_minutes") }} minutes without an event. A vendor's session is taken
-- at its word, but is cut at every pause of more than {{ var("web_session_pause_hours") }}
-- hours. An event without a device is nobody's and belongs to no visit.
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

    -- the few sessions of a vendor in which there may be such a pause
    long_sessions as (
        select source, session_id
        from ordered
        where delivery = 1 and session_id is not null
        group by source, session_id
        having
            max(event_at)
            > min(event_at) + interval '{{ var("web_session_pause_hours") }}' hour
    ),

    to_cut as (
        select
            ordered.source,
            ordered.device_id,
            ordered.session_id,
            ordered.event_id,
            ordered.event_at,
            coalesce(ordered.session_id, ordered.device_id) as cut_within,
            case
                when ordered.session_id is null
                then
                    ordered.event_at
                    - interval '{{ var("web_session_minutes") }}' minute
                else
                    ordered.event_at
                    - interval '{{ var("web_session_pause_hours") }}' hour
            end as not_before
        from ordered
        left join
            long_sessions
            on long_sessions.source = ordered.source
            and long_sessions.session_id = ordered.session_id
        where
            ordered.delivery = 1
            and ordered.device_id is not null
            and (ordered.session_id is null or long_sessions.session_id is not null)
    ),

    pauses as (
        select
            *,
            lag(event_at) over (
                partition by source, cut_within, session_id
                order by event_at nulls last, event_id nulls last
            ) as previous_at
        from to_cut
    ),

    sessions as (
        select
            source,
            event_id,
            session_id,
            -- the newest start so far; a vendor's session keeps its name up to the
            -- first pause
            max(
                case
                    when
                        previous_at < not_before
                        or session_id is null
                        and previous_at is null
                    then event_at
                end
            ) over (
                partition by source, cut_within, session_id
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
        coalesce(ordered.session_id, ordered.device_id)
        || '/'
        || cast(sessions.session_started_at as string),
        ordered.session_id
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
