-- Grain: one row per mail that earlier nights wrote and person who has it now: one
-- person, or both halves of one who was split since. Beside it what the service said of
-- it; a mail of which nothing is known yet counts as sent.
with
    told as (
        select
            nightpost_message_id as message_id,
            min(case when event_name = 'sent' then event_at end) as accepted_at,
            min(case when event_name = 'delivered' then event_at end) as delivered_at,
            min(case when event_name = 'dropped' then event_at end) as dropped_at,
            min(case when event_name = 'bounce' then event_at end) as bounced_at
        from {{ ref("int_email_events_unioned") }}
        where nightpost_message_id is not null
        group by nightpost_message_id
    )

select
    concat(sends.message_id, '/', sends.profile_id) as send_id,
    sends.message_id,
    sends.profile_id,
    sends.night,
    sends.segment,
    sends.kind,
    sends.channel,
    sends.template,
    sends.template_sha256,
    sends.variant,
    sends.send_at,
    told.accepted_at,
    told.delivered_at,
    told.dropped_at,
    told.bounced_at,
    case
        when told.dropped_at is not null
        then 'dropped'
        when told.bounced_at is not null
        then 'bounced'
        when told.delivered_at is not null
        then 'delivered'
        when told.accepted_at is not null
        then 'accepted'
        else 'unknown'
    end as service_says
from {{ ref("int_sends_attributed") }} as sends
left join told using (message_id)
