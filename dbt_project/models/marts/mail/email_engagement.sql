-- Grain: one row per mail to one person. What a machine opened or clicked is counted
-- apart and is never a person's: first and last opening and click are human ones.
with
    events as (
        select
            identities.profile_id,
            mails.message_id,
            mails.campaign,
            mails.template_id,
            mails.event_name,
            mails.is_machine,
            mails.link_url,
            mails.event_at
        from {{ ref("int_email_events_unioned") }} as mails
        inner join
            {{ ref("int_identities_resolved") }} as identities
            on identities.identifier = concat('email:', mails.email)
    ),

    mails as (
        select
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
            count(
                case when event_name = 'open' and not is_machine then 1 end
            ) as open_count,
            count(
                case when event_name = 'open' and is_machine then 1 end
            ) as machine_open_count,
            max(
                case when event_name = 'click' and not is_machine then event_at end
            ) as last_clicked_at,
            count(
                case when event_name = 'click' and not is_machine then 1 end
            ) as click_count,
            count(
                case when event_name = 'click' and is_machine then 1 end
            ) as machine_click_count,
            min(case when event_name = 'bounce' then event_at end) as bounced_at,
            min(
                case when event_name = 'unsubscribe' then event_at end
            ) as unsubscribed_at,
            min(case when event_name = 'complaint' then event_at end) as complained_at
        from events
        group by profile_id, message_id
    ),

    -- the same link clicked three times is one link; a click of no known link is one,
    -- too
    clicks as (
        select
            profile_id,
            message_id,
            count(distinct coalesce(link_url, '')) as clicked_link_count
        from events
        where event_name = 'click' and not is_machine
        group by profile_id, message_id
    )

select
    concat(mails.profile_id, '/', mails.message_id) as mail_id,
    mails.profile_id,
    mails.message_id,
    mails.campaign,
    mails.template_id,
    mails.delivered_at,
    mails.first_opened_at,
    mails.last_opened_at,
    mails.open_count,
    mails.machine_open_count,
    mails.last_clicked_at,
    mails.click_count,
    mails.machine_click_count,
    coalesce(clicks.clicked_link_count, 0) as clicked_link_count,
    mails.bounced_at,
    mails.unsubscribed_at,
    mails.complained_at
from mails
left join
    clicks
    on clicks.profile_id = mails.profile_id
    and clicks.message_id = mails.message_id
