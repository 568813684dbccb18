-- A returned row is a profile whose address does not stand among the person's
-- identifiers.
select profiles.profile_id
from {{ ref("profiles") }} as profiles
left join
    {{ ref("profile_identifiers") }} as identifiers
    on identifiers.profile_id = profiles.profile_id
    and identifiers.identifier_type = 'email'
    and identifiers.identifier_value = profiles.email
where profiles.email is not null and identifiers.profile_id is null
