-- Grain: one row per person who may be profiled: the one stage of the first rule of
-- seeds/reference/lifecycle_rules.csv that holds tonight, beside the CRM's own word.
with
    facts as (
        select
            activity.profile_id,
            activity.order_count,
            activity.loyalty_status,
            coalesce(scores.monetary_score, 0) as monetary_score,
            {{ seconds_since("activity.last_ordered_at") }} as order_seconds,
            coalesce(
                {{
                    seconds_between(
                        "activity.previous_ordered_at", "activity.last_ordered_at"
                    )
                }},
                0
            ) as gap_seconds,
            {{ seconds_since("activity.last_login_at") }} as login_seconds,
            {{ seconds_since("activity.last_session_at") }} as visit_seconds,
            {{
                seconds_since(
                    "greatest(activity.last_viewed_at, activity.last_carted_at)"
                )
            }} as browse_seconds,
            {{ seconds_since("activity.last_viewed_at") }} as view_seconds,
            {{
                seconds_since(
                    "greatest(activity.last_open_at, activity.last_click_at)"
                )
            }} as mail_seconds,
            {{ seconds_since("activity.last_active_at") }} as silence_seconds
        from {{ ref("activity_facts") }} as activity
        left join {{ ref("rfm_scores") }} as scores using (profile_id)
    ),

    first_rules as (
        select facts.profile_id, min(rules.rule_order) as rule_order
        from facts
        inner join
            {{ ref("lifecycle_rules") }} as rules
            on facts.order_count between rules.orders_from and rules.orders_to
            and {{ in_days("facts.order_seconds", "rules.order") }}
            and (
                rules.gap_over_days = 0
                or facts.gap_seconds > rules.gap_over_days * cast(86400 as bigint)
            )
            and {{ in_days("facts.login_seconds", "rules.login") }}
            and {{ in_days("facts.visit_seconds", "rules.visit") }}
            and {{ in_days("facts.browse_seconds", "rules.browse") }}
            and {{ in_days("facts.view_seconds", "rules.view") }}
            and {{ in_days("facts.mail_seconds", "rules.mail") }}
            and {{ in_days("facts.silence_seconds", "rules.silence") }}
            and (
                rules.loyalty_status = 'any'
                or facts.loyalty_status = rules.loyalty_status
            )
            and facts.monetary_score >= rules.monetary_from
        group by facts.profile_id
    ),

    {{ newest_standing("stg_nightpost__lifecycle_changes") }}

select
    facts.profile_id,
    rules.lifecycle_stage,
    previous.value as previous_stage,
    profiles.crm_stage,
    rules.why as stage_reason,
    facts.order_count > 0 as is_customer
from facts
inner join {{ ref("profiles") }} as profiles using (profile_id)
inner join first_rules using (profile_id)
inner join
    {{ ref("lifecycle_rules") }} as rules on rules.rule_order = first_rules.rule_order
left join previous on previous.profile_id = facts.profile_id
