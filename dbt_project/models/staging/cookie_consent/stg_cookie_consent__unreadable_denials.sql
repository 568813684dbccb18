-- Grain: one row per device with a decision that its contract rejects and that is no
-- clear yes to personalisation. We do not know when it was, so it holds from tonight
-- on.
select distinct {{ read_text("device_id") }} as device_id
from {{ canonical_rows("cookie_consent", "decisions") }}
where
    ({{ rejection_reason("cookie_consent", "decisions") }}) is not null
    and (
        coalesce(lower(trim(personalisation)), '') <> 'granted'
        or coalesce({{ read_boolean("gpc") }}, {{ read_text("gpc") }} is not null)
    )
    and {{ read_text("device_id") }} is not null
