-- Grain: one row per mail to one person. What a machine opened or clicked is counted
-- apart and is never a person's: first and last opening and click are human ones.
select
    concat(profile_id, '/', message_id) as mail_id,
    profile_id,
    message_id,
    max(campaign) as campaign,
    max(template_id) as template_id,
    min(case when event_name = 'delivered' then event_at end) as delivered_at,
    min(
        case when event_name = 'open' and not is_machine then event_at end
    ) as first_opened_at,
    max(
        case when event_name = 'open' and not is_machine then event_at end
    ) as last_opened_at,
    sum(
        case when event_name = 'open' and not is_machine then 1 else 0 end
    ) as open_count,
    sum(
        case when event_name = 'open' and is_machine then 1 else 0 end
    ) as machine_open_count,
    max(
        case when event_name = 'click' and not is_machine then event_at end
    ) as last_clicked_at,
    sum(
        case when event_name = 'click' and not is_machine then 1 else 0 end
    ) as click_count,
    sum(
        case when event_name = 'click' and is_machine then 1 else 0 end
    ) as machine_click_count,
    -- the same link clicked three times is one link; a click of no known link is one,
    -- too
    count(
        distinct case
            when event_name = 'click' and not is_machine then coalesce(link_url, '')
        end
    ) as clicked_link_count,
    min(case when event_name = 'bounce' then event_at end) as bounced_at,
    min(case when event_name = 'unsubscribe' then event_at end) as unsubscribed_at,
    min(case when event_name = 'complaint' then event_at end) as complained_at
from {{ ref("int_email_events_unioned") }}
inner join
    {{ ref("int_identities_resolved") }} as identities
    on identities.identifier = concat('email:', email)
group by profile_id, message_id
