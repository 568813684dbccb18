-- Grain: one row per segment and person in it tonight: exported, or the one reason why
-- not.
select
    memberships.membership_id,
    memberships.segment,
    memberships.profile_id,
    contactable.email,
    profiles.first_name,
    profiles.last_name,
    profiles.language,
    profiles.country_code,
    case
        when contactable.profile_id is null
        then 'not_a_known_person'
        else contactable.exclusion_reason
    end as exclusion_reason,
    contactable.consent_event_id,
    contactable.consent_at,
    contactable.consent_source,
    contactable.consent_policy_version,
    case
        when history.profile_id is null then 'entered' else 'stayed'
    end as membership_change
from {{ ref("act_segment_memberships") }} as memberships
left join {{ ref("act_contactable_profiles") }} as contactable using (profile_id)
left join {{ ref("profiles") }} as profiles using (profile_id)
left join
    {{ ref("audience_history") }} as history
    on history.segment = memberships.segment
    and history.profile_id = memberships.profile_id
    and history.is_exported
