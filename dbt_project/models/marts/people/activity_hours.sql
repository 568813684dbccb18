-- Grain: one row per person and hour of their own day in which they were active in the
-- last 180 days. A human's opening or click weighs 1, a visit 0.5; what happens within
-- an hour of the mail's arrival weighs a quarter, because it tells when we sent it.
with
    deeds as (
        select
            mails.profile_id,
            mails.first_opened_at as done_at,
            case
                when
                    {{ seconds_between("mails.delivered_at", "mails.first_opened_at") }}
                    < 3600
                then 0.25
                else 1.0
            end as weight
        from {{ ref("email_engagement") }} as mails
        where mails.first_opened_at is not null
        union all
        select mails.profile_id, mails.last_opened_at as done_at, 1.0 as weight
        from {{ ref("email_engagement") }} as mails
        where mails.last_opened_at > mails.first_opened_at
        union all
        select
            mails.profile_id,
            mails.last_clicked_at as done_at,
            case
                when
                    {{ seconds_between("mails.delivered_at", "mails.last_clicked_at") }}
                    < 3600
                then 0.25
                else 1.0
            end as weight
        from {{ ref("email_engagement") }} as mails
        where mails.last_clicked_at is not null
        union all
        select sessions.profile_id, sessions.started_at as done_at, 0.5 as weight
        from {{ ref("web_sessions") }} as sessions
        where sessions.profile_id is not null
    ),

    zoned_deeds as (
        select
            deeds.profile_id,
            deeds.done_at,
            zones.time_zone,
            date_trunc('hour', deeds.done_at) as hour_at,
            cast(floor(extract(minute from deeds.done_at) / 15) as int) as quarter,
            cast(deeds.weight as decimal(9, 2)) as weight
        from deeds
        inner join {{ ref("profile_time_zones") }} as zones using (profile_id)
        where
            deeds.done_at >= {{ days_before(180) }}
            and {{ may_be_profiled("deeds.profile_id") }}
    ),

    -- every time zone is whole quarters of an hour from UTC
    quarters as (select distinct time_zone, hour_at, quarter from zoned_deeds),

    local_quarters as (
        select
            time_zone,
            hour_at,
            quarter,
            cast(
                extract(
                    hour
                    from
                        {{
                            utc_to_local_in(
                                "(hour_at + quarter * interval '15' minute)",
                                "time_zone",
                            )
                        }}
                ) as int
            ) as local_hour
        from quarters
    ),

    local_deeds as (
        select deeds.profile_id, quarters.local_hour, deeds.weight, deeds.done_at
        from zoned_deeds as deeds
        inner join
            local_quarters as quarters
            on quarters.time_zone = deeds.time_zone
            and quarters.hour_at = deeds.hour_at
            and quarters.quarter = deeds.quarter
    )

select
    concat(profile_id, '/', cast(local_hour as string)) as activity_hour_id,
    profile_id,
    local_hour,
    count(*) as deed_count,
    cast(sum(weight) as decimal(18, 2)) as weight,
    min(done_at) as first_deed_at,
    max(done_at) as last_deed_at
from local_deeds
group by profile_id, local_hour
