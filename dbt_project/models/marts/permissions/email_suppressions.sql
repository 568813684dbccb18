-- Grain: one row per address that must never be written to again, whoever it belongs
-- to: it bounced for good, or its owner called our mail spam. It holds for the box
-- behind a tag, too.
select
    email,
    min(contact) as mailbox,
    min(kind) as suppression_reason,
    min(refused_at) as suppressed_at
from {{ ref("int_refusals") }}
where kind in ('complaint', 'hard_bounce') and email is not null
group by email
