-- Grain: one row per opt-out, complaint or hard bounce of an address, repeated posts
-- once.
-- Read apart from the events: whoever opted out has opted out, also where the event has
-- no readable time or id, or came after the night's midnight.
select
    {{ clean_email("email") }} as email,
    vocabulary.event_name,
    lower(trim(event)) = 'bounce'
    and coalesce(lower({{ read_text("type") }}), 'bounce') = 'bounce' as is_hard_bounce,
    min(coalesce({{ read_epoch_seconds('"timestamp"') }}, {{ as_of_at() }})) as event_at
from {{ canonical_rows("sendgrid", "events") }}
inner join
    {{ ref("email_event_names") }} as vocabulary
    on vocabulary.source = 'sendgrid'
    and vocabulary.vendor_event_name = lower(trim(event))
where
    vocabulary.event_name in ('unsubscribe', 'complaint', 'bounce')
    and {{ clean_email("email") }} is not null
group by
    {{ clean_email("email") }},
    vocabulary.event_name,
    lower(trim(event)) = 'bounce'
    and coalesce(lower({{ read_text("type") }}), 'bounce') = 'bounce'
