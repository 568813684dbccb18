-- The gate, seen from outside: a returned row is somebody who may be written to
-- although a person who may be the same one said no to marketing mail since they
-- agreed.
with
    matches as (
        select profile_id, other_profile_id
        from {{ ref("stg_people__possible_matches") }}
        union
        select other_profile_id, profile_id
        from {{ ref("stg_people__possible_matches") }}
    )

select eligibility.membership_id
from {{ ref("act_eligibility") }} as eligibility
inner join matches on matches.profile_id = eligibility.profile_id
inner join
    {{ ref("consents") }} as others
    on others.profile_id = matches.other_profile_id
    and others.channel = 'email'
    and others.purpose = 'marketing'
where
    eligibility.exclusion_reason is null
    and matches.profile_id <> matches.other_profile_id
    and others.last_withdrawn_at >= eligibility.consent_at
