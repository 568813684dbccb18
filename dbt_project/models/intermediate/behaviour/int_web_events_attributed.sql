-- Grain: one row per human web event, with its person where one is known.
-- The account that is logged in decides; without one, the only account ever seen on the
-- device, so that what was done before the first login counts too.
select
    events.event_id,
    events.device_id,
    events.session_id,
    coalesce(accounts.profile_id, devices.profile_id) as profile_id,
    events.event_name,
    events.page_url,
    events.search_term,
    events.scroll_percent,
    events.form_name,
    events.video_title,
    events.engaged_milliseconds,
    events.device_category,
    events.order_reference,
    events.has_gpc,
    events.web_user_id is not null as is_logged_in,
    events.event_at,
    events.export_date
from {{ ref("int_web_events_unioned") }} as events
inner join {{ ref("int_web_sessions_judged") }} as sessions using (session_id)
left join
    {{ ref("int_identities_resolved") }} as accounts
    on accounts.identifier
    = concat('customer:{{ var("web_user_ids_are_customers_of") }}/', events.web_user_id)
left join
    {{ ref("int_identities_resolved") }} as devices
    on devices.identifier = concat('device:', events.device_id)
where not sessions.is_bot
