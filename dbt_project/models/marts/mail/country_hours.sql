-- Grain: one row per country in which somebody may be profiled and hour of the day in
-- which anybody is active: the share of such people's activity that falls in it. The
-- country's own weights plus 50 pseudo-deeds spread as everybody's, so that a country
-- of few people is like all. A tie goes to the earlier hour.
with
    people as (
        select
            activity.profile_id, coalesce(profiles.country_code, 'none') as country_code
        from {{ ref("activity_facts") }} as activity
        inner join {{ ref("profiles") }} as profiles using (profile_id)
    ),

    hours as (
        select hours.profile_id, people.country_code, hours.local_hour, hours.weight
        from {{ ref("activity_hours") }} as hours
        inner join people using (profile_id)
    ),

    everybody as (
        select
            local_hour,
            cast(sum(weight) as double)
            / sum(cast(sum(weight) as double)) over () as share
        from hours
        group by local_hour
    ),

    country_totals as (
        select country_code, cast(sum(weight) as double) as weight
        from hours
        group by country_code
    ),

    -- a person without a deed may live in a country without one
    countries as (
        select distinct people.country_code, coalesce(totals.weight, 0) as weight
        from people
        left join country_totals as totals using (country_code)
    ),

    country_hours as (
        select country_code, local_hour, cast(sum(weight) as double) as weight
        from hours
        group by country_code, local_hour
    ),

    like_them as (
        select
            countries.country_code,
            everybody.local_hour,
            round(
                (
                    (coalesce(country_hours.weight, 0) + 50 * everybody.share)
                    / (countries.weight + 50)
                )
                * 1e6
            )
            / 1e6 as share
        from countries
        cross join everybody
        left join
            country_hours
            on country_hours.country_code = countries.country_code
            and country_hours.local_hour = everybody.local_hour
    )

select
    country_code,
    local_hour,
    share,
    row_number() over (
        partition by country_code order by share desc nulls last, local_hour nulls last
    ) as place
from like_them
