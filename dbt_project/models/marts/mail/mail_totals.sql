-- Grain: one row per person who may be profiled and ever was sent a mail: how many they
-- got, opened and clicked. Openings and clicks are a human's.
select
    profile_id,
    count(delivered_at) as delivered_mail_count,
    count(last_opened_at) as opened_mail_count,
    count(
        case when last_opened_at >= {{ days_before(7) }} then 1 end
    ) as opened_mail_count_in_7_days,
    count(
        case when last_opened_at >= {{ days_before(14) }} then 1 end
    ) as opened_mail_count_in_14_days,
    count(
        case
            when delivered_at >= {{ days_before(30) }} and bounced_at is null then 1
        end
    ) as delivered_mail_count_in_30_days,
    count(
        case
            when
                delivered_at >= {{ days_before(30) }}
                and bounced_at is null
                and last_opened_at is not null
            then 1
        end
    ) as read_mail_count_in_30_days,
    cast(
        sum(
            case when delivered_at >= {{ days_before(30) }} then clicked_link_count end
        ) as bigint
    ) as clicked_link_count_in_30_days,
    max(last_opened_at) as last_open_at,
    max(last_clicked_at) as last_click_at
from {{ ref("email_engagement") }} as mails
where profile_id is not null and {{ may_be_profiled("mails.profile_id") }}
group by profile_id
