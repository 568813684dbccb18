-- Grain: one row per person: may we send marketing mail, to which address, and which
-- consent event says so. The only gate between the house and the street: whatever is
-- not a clear yes is a no, with exactly one reason.
with
    restrictions as (
        select
            profile_id,
            max(case when origin = 'own' then restricted_at end) as withdrawn_at,
            max(
                case when origin = 'possible_match' then restricted_at end
            ) as match_withdrawn_at
        from {{ ref("profile_restrictions") }}
        where channel = 'email' and purpose = 'marketing'
        group by profile_id
    ),

    suppressed_mailboxes as (
        select distinct mailbox from {{ ref("email_suppressions") }}
    )

select
    profiles.profile_id,
    profiles.email,
    case
        when profiles.email is null
        then 'no_email'
        when consents.contact is null
        then 'no_consent'
        when consents.permission <> 'granted'
        then consents.permission
        -- a no by any address, phone or record of the person holds for all of them
        when
            {{ to_second("restrictions.withdrawn_at") }}
            >= {{ to_second("consents.event_at") }}
        then 'withdrawn_on_other_address'
        -- and so does one of somebody who may be the same person
        when
            {{ to_second("restrictions.match_withdrawn_at") }}
            >= {{ to_second("consents.event_at") }}
        then 'restricted_by_possible_match'
        when suppressions.mailbox is not null
        then 'address_suppressed'
        -- many names use it: what we know of "the person" is somebody's, not
        -- everybody's
        when not coalesce(addresses.is_trusted, false)
        then 'shared_address'
    end as exclusion_reason,
    consents.event_id as consent_event_id,
    consents.event_at as consent_at,
    consents.consent_source,
    consents.policy_version as consent_policy_version
from {{ ref("profiles") }} as profiles
left join
    {{ ref("consents") }} as consents
    on consents.contact = profiles.email
    and consents.profile_id = profiles.profile_id
    and consents.channel = 'email'
    and consents.purpose = 'marketing'
left join restrictions on restrictions.profile_id = profiles.profile_id
left join
    suppressed_mailboxes as suppressions
    on suppressions.mailbox = {{ mailbox("profiles.email") }}
left join
    {{ ref("profile_identifiers") }} as addresses
    on addresses.identifier_key = concat('email:', profiles.email)
