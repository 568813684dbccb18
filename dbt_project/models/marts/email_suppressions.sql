-- Grain: one row per address that must never be written to again, whoever it belongs
-- to: it bounced for good, or its owner called our mail spam.
select
    email,
    min(
        case when event_name = 'complaint' then 'complaint' else 'hard_bounce' end
    ) as suppression_reason,
    min(event_at) as suppressed_at
from {{ ref("int_email_opt_outs_unioned") }}
where event_name = 'complaint' or is_hard_bounce
group by email
