-- Grain: one row per person who may be profiled: 0 to 10 points with time decay.
-- Each deed earns the points of seeds/reference/engagement_points.csv, halved for every
-- `engagement_half_life_days` since; the sum is capped at 10. Points are decimals, so a
-- sum has no rounding luck. The trend compares the undecayed points of the last 28 days
-- with those of the 28 before: rising above five fourths, declining below three
-- fourths. Whoever never got a mail and never did anything has no score.
with
    deeds as (
        {% for deed, what in {"open": "opened", "click": "clicked"}.items() %}
            select profile_id, '{{ deed }}' as deed, last_{{ what }}_at as done_at
            from {{ ref("email_engagement") }}
            where last_{{ what }}_at is not null
            union all
        {% endfor %}
        select profile_id, 'session' as deed, started_at as done_at
        from {{ ref("web_sessions") }}
        where profile_id is not null
        union all
        select profile_id, event_name as deed, event_at as done_at
        from {{ ref("web_events") }}
        where profile_id is not null and event_name in ('product_view', 'add_to_cart')
        union all
        select profile_id, 'social' as deed, engaged_at as done_at
        from {{ ref("social_engagements") }}
        where profile_id is not null and kind in ('like', 'comment', 'share', 'follow')
        union all
        select accounts.profile_id, 'loyalty' as deed, movements.moved_at as done_at
        from {{ ref("int_loyalty_movements_unioned") }} as movements
        inner join
            {{ ref("loyalty_accounts") }} as accounts
            on accounts.source = movements.source
            and accounts.loyalty_id = movements.loyalty_id
        where accounts.profile_id is not null and movements.kind in ('earn', 'redeem')
    ),

    points as (
        select
            deeds.profile_id,
            deeds.deed,
            deeds.done_at,
            cast(engagement_points.points as decimal(18, 6)) as full_points,
            cast(
                round(
                    (
                        cast(engagement_points.points as double) * power(
                            0.5,
                            {{ seconds_between("deeds.done_at", as_of_at()) }}
                            / ({{ var("engagement_half_life_days") }} * 86400.0)
                        )
                    )
                    * 1e6
                )
                / 1e6 as decimal(18, 6)
            ) as points
        from deeds
        inner join {{ ref("engagement_points") }} as engagement_points using (deed)
    ),

    summed as (
        select
            profile_id,
            {% for part, names in {
                "email": "'open', 'click'",
                "web": "'session', 'product_view'",
                "cart": "'add_to_cart'",
                "social": "'social'",
                "loyalty": "'loyalty'",
            }.items() %}
                cast(
                    sum(
                        case when deed in ({{ names }}) then points else 0 end
                    ) as decimal(18, 6)
                ) as {{ part }}_points,
            {% endfor %}
            cast(
                sum(
                    case
                        when done_at >= {{ days_before(28) }} then full_points else 0
                    end
                ) as decimal(18, 6)
            ) as recent_points,
            cast(
                sum(
                    case
                        when
                            done_at >= {{ days_before(56) }}
                            and done_at < {{ days_before(28) }}
                        then full_points
                        else 0
                    end
                ) as decimal(18, 6)
            ) as earlier_points
        from points
        group by profile_id
    ),

    filled as (
        select
            activity.profile_id,
            {% for column in [
                "email_points",
                "web_points",
                "cart_points",
                "social_points",
                "loyalty_points",
                "recent_points",
                "earlier_points",
            ] %}
                coalesce(summed.{{ column }}, 0) as {{ column }},
            {% endfor %}
            summed.profile_id is not null
            or activity.delivered_mail_count > 0 as is_known
        from {{ ref("activity_facts") }} as activity
        left join summed using (profile_id)
    )

select
    profile_id,
    email_points,
    web_points,
    cart_points,
    social_points,
    loyalty_points,
    case
        when is_known
        then
            cast(
                least(
                    email_points
                    + web_points
                    + cart_points
                    + social_points
                    + loyalty_points,
                    10
                ) as decimal(18, 6)
            )
    end as engagement_score,
    case when not is_known then 'never_contacted' end as unscored_reason,
    recent_points,
    earlier_points,
    case
        when recent_points + earlier_points < 3
        then null
        when recent_points * 4 > earlier_points * 5
        then 'rising'
        when recent_points * 4 < earlier_points * 3
        then 'declining'
        else 'steady'
    end as engagement_trend
from filled
