-- Grain: one row per address or phone with a ledger row that its contract rejects and
-- that is no grant. We do not know when or for what it was, so it holds from tonight
-- on.
select distinct
    {{ clean_email("subject") }} as email, {{ clean_phone("subject") }} as phone
from {{ canonical_rows("consent", "ledger") }}
where
    ({{ rejection_reason("consent", "ledger") }}) is not null
    and coalesce(lower(trim(status)), '') <> 'granted'
    and {{ read_contact_point("subject") }} is not null
