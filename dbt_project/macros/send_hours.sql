{# The hours that send_hours chooses among, as CTEs behind its `people`: `hours` and `totals`
   of what people did, `scored` of each hour in question. #}
{% macro hours_in_question() %}
    hours as (
        select
            hours.profile_id,
            people.country_code,
            hours.local_hour,
            hours.deed_count,
            hours.weight
        from {{ ref("activity_hours") }} as hours
        inner join people using (profile_id)
    ),

    totals as (
        select
            profile_id,
            cast(sum(deed_count) as bigint) as deed_count,
            cast(sum(weight) as double) as weight
        from hours
        group by profile_id
    ),

    -- the best hour is one of their own, or the best of people like them; or it stays
    candidates as (
        select people.profile_id, best.local_hour, 0.0 as own_weight, best.share
        from people
        inner join
            {{ ref("country_hours") }} as best
            on best.country_code = people.country_code
            and (best.place = 1 or best.local_hour = people.previous_hour)
        union all
        select
            people.profile_id,
            people.previous_hour as local_hour,
            0.0 as own_weight,
            0.0 as share
        from people
        where people.previous_hour is not null
        union all
        select
            hours.profile_id,
            hours.local_hour,
            cast(hours.weight as double) as own_weight,
            like_them.share
        from hours
        inner join
            {{ ref("country_hours") }} as like_them
            on like_them.country_code = hours.country_code
            and like_them.local_hour = hours.local_hour
    ),

    scored as (
        select
            profile_id,
            local_hour,
            round((max(own_weight) + 5 * max(share)) * 1e6) / 1e6 as score,
            max(share) as share
        from candidates
        group by profile_id, local_hour
    )
{% endmacro %}
