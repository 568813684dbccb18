-- The gate, seen from outside: whoever may be written to has a granted consent of their
-- own, for marketing by e-mail, to the very address. A returned row is a leak.
select eligibility.membership_id
from {{ ref("act_eligibility") }} as eligibility
left join
    {{ ref("consents") }} as consents
    on consents.event_id = eligibility.consent_event_id
    and consents.contact = eligibility.email
    and consents.profile_id = eligibility.profile_id
    and consents.channel = 'email'
    and consents.purpose = 'marketing'
    and consents.permission = 'granted'
where eligibility.exclusion_reason is null and consents.event_id is null
