-- Grain: one row per person who did anything lately: 0 to 10 points with time decay.
-- Each deed earns the points of seeds/reference/engagement_points.csv, halved for every
-- 14 days since; the sum is capped at 10. Points are decimals, so a sum has no rounding
-- luck.
with
    deeds as (
        select profile_id, 'open' as deed, last_opened_at as done_at
        from {{ ref("email_engagement") }}
        where last_opened_at is not null
        union all
        select profile_id, 'click' as deed, last_clicked_at as done_at
        from {{ ref("email_engagement") }}
        where last_clicked_at is not null
        union all
        select profile_id, 'session' as deed, started_at as done_at
        from {{ ref("web_sessions") }}
        where profile_id is not null
        union all
        select profile_id, event_name as deed, event_at as done_at
        from {{ ref("web_events") }}
        where profile_id is not null and event_name in ('product_view', 'add_to_cart')
    ),

    points as (
        select
            deeds.profile_id,
            deeds.deed,
            cast(
                round(
                    cast(engagement_points.points as double) * power(
                        0.5,
                        {{ seconds_between("deeds.done_at", as_of_at()) }}
                        / (14 * 86400.0)
                    ),
                    6
                ) as decimal(18, 6)
            ) as points
        from deeds
        inner join {{ ref("engagement_points") }} as engagement_points using (deed)
    )

select
    profile_id,
    cast(
        sum(case when deed in ('open', 'click') then points else 0 end) as decimal(
            18, 6
        )
    ) as email_points,
    cast(
        sum(case when deed not in ('open', 'click') then points else 0 end) as decimal(
            18, 6
        )
    ) as web_points,
    cast(least(sum(points), 10) as decimal(18, 6)) as engagement_score
from points
where {{ may_be_profiled("points.profile_id") }}
group by profile_id
