-- A returned row is somebody who may be written to at an address that bounced or
-- complained, with whatever tag.
select eligibility.membership_id
from {{ ref("act_eligibility") }} as eligibility
inner join
    {{ ref("email_suppressions") }} as suppressions
    on suppressions.mailbox = {{ mailbox("eligibility.email") }}
where eligibility.exclusion_reason is null
