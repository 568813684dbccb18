-- Grain: one row per mail of nights before this one that is still remembered: all of
-- the last nights, and of those before the last one of each id, address, segment and
-- template.
select
    night,
    message_id,
    profile_id,
    address_key,
    segment,
    kind,
    channel,
    template,
    template_sha256,
    variant,
    send_at
from {{ source("nightpost", "sends") }}
