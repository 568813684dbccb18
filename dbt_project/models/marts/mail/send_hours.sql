-- Grain: one row per person who may be profiled: the hour of their own day at which a
-- mail has the best chance to be read. Dirichlet smoothing: the person's weights by
-- hour plus 5 pseudo-deeds spread as their country's, which are the country's own plus
-- 50 spread as everybody's. A tie goes to the earlier hour. Below 3 deeds of their own
-- the hour is that of people like them, below 100 deeds of everybody the business's.
-- Formula: posterior mean of a multinomial with a Dirichlet prior (Gelman et al.,
-- Bayesian Data Analysis, 3rd ed., 3.4).
with
    people as (
        select
            activity.profile_id,
            coalesce(profiles.country_code, 'none') as country_code,
            zones.time_zone,
            zones.time_zone_source
        from {{ ref("activity_facts") }} as activity
        inner join {{ ref("profiles") }} as profiles using (profile_id)
        inner join {{ ref("profile_time_zones") }} as zones using (profile_id)
    ),

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

    -- the best hour is one of their own, or the best of people like them
    candidates as (
        select people.profile_id, best.local_hour, 0.0 as own_weight, best.share
        from people
        inner join
            {{ ref("country_hours") }} as best
            on best.country_code = people.country_code
            and best.place = 1
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

    ranked as (
        select
            profile_id,
            local_hour,
            round((max(own_weight) + 5 * max(share)) * 1e6) / 1e6 as score,
            row_number() over (
                partition by profile_id
                order by
                    round((max(own_weight) + 5 * max(share)) * 1e6)
                    / 1e6 desc nulls last,
                    local_hour nulls last
            ) as place
        from candidates
        group by profile_id, local_hour
    ),

    evidence as (select cast(sum(deed_count) as bigint) as deed_count from hours),

    chosen as (
        select
            people.profile_id,
            case
                when coalesce(evidence.deed_count, 0) < 100
                then {{ var("send_hour") }}
                when coalesce(totals.deed_count, 0) < 3
                then best.local_hour
                else ranked.local_hour
            end as send_hour,
            case
                when coalesce(evidence.deed_count, 0) < 100
                then 'business'
                when coalesce(totals.deed_count, 0) < 3
                then 'people_like_them'
                else 'own'
            end as send_hour_source,
            case
                when
                    coalesce(evidence.deed_count, 0) >= 100
                    and coalesce(totals.deed_count, 0) >= 3
                then round((ranked.score / (totals.weight + 5)) * 1e6) / 1e6
            end as share,
            coalesce(totals.deed_count, 0) as deed_count,
            people.time_zone,
            people.time_zone_source
        from people
        cross join evidence
        left join totals on totals.profile_id = people.profile_id
        left join ranked on ranked.profile_id = people.profile_id and ranked.place = 1
        left join
            {{ ref("country_hours") }} as best
            on best.country_code = people.country_code
            and best.place = 1
    ),

    -- that hour on the morning after, by their own clock; the files need six hours
    moments as (
        select
            send_hour,
            time_zone,
            {% for moment, days in {"tomorrow_at": 1, "next_day_at": 2}.items() %}
                {{
                    local_to_utc_in(
                        "cast("
                        ~ as_of_date()
                        ~ " + "
                        ~ days
                        ~ " as timestamp) + send_hour * interval '1' hour",
                        "time_zone",
                    )
                }} as {{ moment }} {{ "," if not loop.last }}
            {% endfor %}
        from chosen
        group by send_hour, time_zone
    )

select
    chosen.profile_id,
    chosen.send_hour,
    chosen.send_hour_source,
    chosen.share as send_hour_share,
    chosen.deed_count,
    chosen.time_zone,
    chosen.time_zone_source,
    case
        when moments.tomorrow_at >= {{ hours_before(-6) }}
        then moments.tomorrow_at
        else moments.next_day_at
    end as next_send_at
from chosen
left join moments using (send_hour, time_zone)
