-- Grain: one row per person: the time zone they live by, and who says so. The CRM's
-- where it is a known name, then the country's where it has but one, then the
-- business's.
with
    candidates as (
        select
            profiles.profile_id,
            named.time_zone as crm_time_zone,
            countries.time_zone as country_time_zone
        from {{ ref("profiles") }} as profiles
        left join
            {{ ref("time_zones") }} as named on named.time_zone = profiles.time_zone
        left join
            {{ ref("time_zones") }} as countries
            on countries.country_code = profiles.country_code
            and countries.is_countrys_own
    )

select
    profile_id,
    coalesce(
        crm_time_zone, country_time_zone, '{{ var("business_time_zone") }}'
    ) as time_zone,
    case
        when crm_time_zone is not null
        then 'crm'
        when country_time_zone is not null
        then 'country'
        else 'business'
    end as time_zone_source
from candidates
