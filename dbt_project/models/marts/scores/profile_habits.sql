-- Grain: one row per person who may be profiled and kind of habit: the device, the
-- channel or the part of their day that at least half of their visits or deeds have. Of
-- two halves of visits the later one wins. Two visits of 90 days are the least, and
-- three deeds of 180 for the part of the day.
with
    visits as (
        select
            profile_id, 'preferred_device' as tag, device_class as tag_value, started_at
        from {{ ref("web_sessions") }}
        where
            profile_id is not null
            and device_class <> 'unknown'
            and started_at >= {{ days_before(90) }}
        union all
        select
            profile_id,
            'preferred_channel' as tag,
            channel_group as tag_value,
            started_at
        from {{ ref("web_sessions") }}
        where profile_id is not null and started_at >= {{ days_before(90) }}
    ),

    habits as (
        select
            profile_id,
            tag,
            tag_value,
            count(*) as deed_count,
            sum(count(*)) over (partition by profile_id, tag) as all_count,
            min(started_at) as first_at,
            max(started_at) as last_at
        from visits
        group by profile_id, tag, tag_value
    ),

    dayparts as (
        select
            profile_id,
            case
                when local_hour between 6 and 11
                then 'morning'
                when local_hour between 12 and 17
                then 'afternoon'
                when local_hour between 18 and 23
                then 'evening'
                else 'night'
            end as daypart,
            sum(deed_count) as deed_count,
            min(first_deed_at) as first_deed_at,
            max(last_deed_at) as last_deed_at,
            sum(sum(deed_count)) over (partition by profile_id) as all_count
        from {{ ref("activity_hours") }}
        group by
            profile_id,
            case
                when local_hour between 6 and 11
                then 'morning'
                when local_hour between 12 and 17
                then 'afternoon'
                when local_hour between 18 and 23
                then 'evening'
                else 'night'
            end
    ),

    ranked_habits as (
        select
            *,
            row_number() over (
                partition by profile_id, tag
                order by
                    deed_count desc nulls last,
                    last_at desc nulls last,
                    tag_value nulls last
            ) as place
        from habits
        where all_count >= 2
    ),

    ranked_dayparts as (
        select
            *,
            row_number() over (
                partition by profile_id
                order by deed_count desc nulls last, daypart nulls last
            ) as place
        from dayparts
        where all_count >= 3
    )

select profile_id, tag, tag_value, first_at, last_at
from ranked_habits
where
    place = 1
    and 2 * deed_count >= all_count
    and {{ may_be_profiled("ranked_habits.profile_id") }}
union all
select
    profile_id,
    'preferred_daypart' as tag,
    daypart as tag_value,
    first_deed_at as first_at,
    last_deed_at as last_at
from ranked_dayparts
where place = 1 and 2 * deed_count >= all_count
