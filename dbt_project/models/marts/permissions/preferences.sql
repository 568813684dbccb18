-- Grain: one row per person and preference: what they told us last, on any address.
-- In the same second the preference centre goes before a form, then the alphabetically
-- first address and source. Whoever took a preference back has none.
with
    ranked as (
        select
            identities.profile_id,
            preferences.preference,
            preferences.preference_value,
            preferences.stated_in,
            preferences.stated_at,
            row_number() over (
                partition by identities.profile_id, preferences.preference
                order by
                    preferences.stated_at desc nulls last,
                    case
                        when preferences.stated_in = 'preference_centre' then 0 else 1
                    end nulls last,
                    preferences.email nulls last,
                    preferences.source nulls last
            ) as newness
        from {{ ref("int_preferences_unioned") }} as preferences
        inner join
            {{ ref("int_identities_resolved") }} as identities
            on identities.identifier = concat('email:', preferences.email)
    )

select
    concat(profile_id, '/', preference) as preference_id,
    profile_id,
    preference,
    preference_value,
    stated_in,
    stated_at
from ranked
where newness = 1 and preference_value is not null
