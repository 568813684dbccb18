-- Grain: one row per person who may be profiled: the hour of their own day at which a
-- mail has the best chance to be read. Dirichlet smoothing: the person's weights by
-- hour plus 5 pseudo-deeds spread as their country's, which are the country's own plus
-- 50 spread as everybody's. A tie goes to the earlier hour. Below 3 deeds of their own
-- the hour is that of people like them, below 100 deeds of everybody the business's.
-- An hour that earlier nights learnt stays until the person's turn, one night in 16,
-- and until another leads it by what one opening weighs, or by a tenth of the share.
-- Formula: posterior mean of a multinomial with a Dirichlet prior (Gelman et al.,
-- Bayesian Data Analysis, 3rd ed., 3.4).
with
    {{ newest_standing("stg_nightpost__send_hour_changes") }},

    people as (
        select
            activity.profile_id,
            coalesce(profiles.country_code, 'none') as country_code,
            zones.time_zone,
            zones.time_zone_source,
            cast(previous.value as int) as previous_hour,
            {{ is_turn_in_16_nights("activity.profile_id") }} as is_turn
        from {{ ref("activity_facts") }} as activity
        inner join {{ ref("profiles") }} as profiles using (profile_id)
        inner join {{ ref("profile_time_zones") }} as zones using (profile_id)
        left join previous using (profile_id)
    ),

    {{ hours_in_question() }},

    evidence as (select cast(sum(deed_count) as bigint) as deed_count from hours),

    sourced as (
        select
            people.*,
            coalesce(totals.deed_count, 0) as deed_count,
            totals.weight,
            case
                when coalesce(evidence.deed_count, 0) < 100
                then 'business'
                when coalesce(totals.deed_count, 0) < 3
                then 'people_like_them'
                else 'own'
            end as send_hour_source
        from people
        cross join evidence
        left join totals on totals.profile_id = people.profile_id
    ),

    -- what an hour must beat where another one serves: that one's evidence, and more
    compared as (
        select
            sourced.*,
            scored.local_hour,
            scored.score,
            case
                when sourced.send_hour_source = 'own'
                then scored.score + case when is_previous then 1.0 else 0.0 end
                else scored.share * case when is_previous then 1.1 else 1.0 end
            end as evidence,
            is_previous
        from sourced
        left join
            (
                select scored.*, scored.local_hour = people.previous_hour as is_previous
                from scored
                inner join people using (profile_id)
            ) as scored using (profile_id)
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by profile_id
                order by
                    case when is_previous and not is_turn then 0 else 1 end nulls last,
                    evidence desc nulls last,
                    case when is_previous then 0 else 1 end nulls last,
                    local_hour nulls last
            ) as place
        from compared
    ),

    chosen as (
        select
            profile_id,
            case
                when send_hour_source = 'business'
                then {{ var("send_hour") }}
                else local_hour
            end as send_hour,
            send_hour_source,
            case
                when send_hour_source = 'own'
                then round((score / (weight + 5)) * 1e6) / 1e6
            end as share,
            deed_count,
            time_zone,
            time_zone_source
        from ranked
        where place = 1
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
    case
        when chosen.send_hour_source <> 'business' then cast(chosen.send_hour as string)
    end as learnt_hour,
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
