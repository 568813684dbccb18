-- Grain: one row per person who may be profiled: what they did, how often and when
-- last. Orders are kept ones; openings and clicks are a human's; a login is any event
-- with an account logged in. Of several loyalty accounts an active one counts, then the
-- richest.
with
    numbered_orders as (
        select
            profile_id,
            net_amount,
            ordered_at,
            row_number() over (
                partition by profile_id
                order by ordered_at desc nulls last, order_id nulls last
            ) as newness
        from {{ ref("orders") }}
        where is_kept and profile_id is not null
    ),

    buying as (
        select
            profile_id,
            count(*) as order_count,
            count(net_amount) as converted_order_count,
            cast(sum(net_amount) as decimal(18, 2)) as kept_amount,
            min(ordered_at) as first_ordered_at,
            max(ordered_at) as last_ordered_at,
            max(case when newness = 2 then ordered_at end) as previous_ordered_at
        from numbered_orders
        group by profile_id
    ),

    browsing as (
        select
            profile_id,
            max(
                case when event_name = 'product_view' then event_at end
            ) as last_viewed_at,
            max(
                case when event_name = 'add_to_cart' then event_at end
            ) as last_carted_at,
            max(
                case
                    when is_logged_in or event_name in ('login', 'sign_up')
                    then event_at
                end
            ) as last_login_at
        from {{ ref("web_events") }}
        where profile_id is not null
        group by profile_id
    ),

    visits as (
        select
            profile_id,
            count(*) as visit_count,
            count(
                case when started_at >= {{ days_before(30) }} then 1 end
            ) as visit_count_in_30_days,
            max(ended_at) as last_session_at
        from {{ ref("web_sessions") }}
        where profile_id is not null
        group by profile_id
    ),

    numbered_accounts as (
        select
            accounts.profile_id,
            accounts.tier,
            accounts.points_balance,
            case
                when accounts.tier is null
                then null
                else coalesce(statuses.loyalty_status, 'active')
            end as loyalty_status,
            row_number() over (
                partition by accounts.profile_id
                order by
                    case
                        when accounts.tier is null
                        then 1
                        when statuses.loyalty_status is null
                        then 0
                        else 2
                    end nulls last,
                    accounts.points_balance desc nulls last,
                    accounts.loyalty_account_id nulls last
            ) as choice
        from {{ ref("loyalty_accounts") }} as accounts
        left join
            {{ ref("loyalty_statuses") }} as statuses
            on statuses.tier = lower(trim(accounts.tier))
        where accounts.profile_id is not null
    )

select
    profiles.profile_id,
    coalesce(buying.order_count, 0) as order_count,
    coalesce(buying.converted_order_count, 0) as converted_order_count,
    buying.kept_amount,
    buying.first_ordered_at,
    buying.last_ordered_at,
    buying.previous_ordered_at,
    coalesce(visits.visit_count, 0) as visit_count,
    coalesce(visits.visit_count_in_30_days, 0) as visit_count_in_30_days,
    visits.last_session_at,
    browsing.last_viewed_at,
    browsing.last_carted_at,
    browsing.last_login_at,
    coalesce(mails.delivered_mail_count, 0) as delivered_mail_count,
    coalesce(mails.opened_mail_count, 0) as opened_mail_count,
    coalesce(mails.opened_mail_count_in_7_days, 0) as opened_mail_count_in_7_days,
    coalesce(mails.opened_mail_count_in_14_days, 0) as opened_mail_count_in_14_days,
    coalesce(
        mails.delivered_mail_count_in_30_days, 0
    ) as delivered_mail_count_in_30_days,
    case
        when mails.delivered_mail_count_in_30_days > 0
        then
            round(
                (
                    cast(mails.read_mail_count_in_30_days as double)
                    / mails.delivered_mail_count_in_30_days
                )
                * 1e6
            )
            / 1e6
    end as open_share_in_30_days,
    coalesce(mails.clicked_link_count_in_30_days, 0) as clicked_link_count_in_30_days,
    mails.last_open_at,
    mails.last_click_at,
    accounts.tier as loyalty_tier,
    accounts.loyalty_status,
    accounts.points_balance as loyalty_points,
    greatest(
        mails.last_open_at,
        mails.last_click_at,
        visits.last_session_at,
        buying.last_ordered_at
    ) as last_active_at
from {{ ref("profiles") }} as profiles
left join buying using (profile_id)
left join browsing using (profile_id)
left join visits using (profile_id)
left join {{ ref("mail_totals") }} as mails using (profile_id)
left join
    numbered_accounts as accounts
    on accounts.profile_id = profiles.profile_id
    and accounts.choice = 1
where {{ may_be_profiled("profiles.profile_id") }}
