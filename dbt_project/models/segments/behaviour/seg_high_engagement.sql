-- Who: people who themselves opened 3 or more different mails in the last 7 days.
-- Why: they read us; early access and surveys go to them first.
-- Not: mails opened by a mail provider's machine, or one mail opened many times; who
-- has refused personalisation.
select profile_id
from {{ ref("email_engagement") }} as mails
where
    last_opened_at >= {{ days_before(7) }}
    and not exists (
        select 1
        from {{ ref("personalisation_refusals") }} as refusals
        where refusals.profile_id = mails.profile_id
    )
group by profile_id
having count(distinct message_id) >= 3
