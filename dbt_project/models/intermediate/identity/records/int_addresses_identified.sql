-- Grain: one row per address and source of mail events or consent events that name it,
-- which say nothing else of anybody.
select
    concat('email/', email) as record_id,
    source,
    'email' as identifier_type,
    email as identifier_value,
    '' as name_key,
    min(export_date) as known_from_date,
    false as is_account
from {{ ref("int_email_events_unioned") }}
where email is not null
group by source, email
union all
select
    concat('consent/', email) as record_id,
    source,
    'email' as identifier_type,
    email as identifier_value,
    '' as name_key,
    min(known_from_date) as known_from_date,
    false as is_account
from {{ ref("int_consents_unioned") }}
where email is not null
group by source, email
