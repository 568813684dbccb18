-- Grain: one row per source and mail event before the night's midnight; the first
-- delivery of a repeated one.
-- A machine opened or clicked where the email service says so, where the program names
-- itself (seeds/reference/machine_openers.csv), or where it was faster than a person.
with
    ranked as (
        select
            deliveries.*,
            row_number() over (
                partition by source, event_id
                order by
                    event_at nulls last,
                    export_date nulls last,
                    file_id nulls last,
                    row_number nulls last
            ) as delivery
        from {{ ref("int_email_event_deliveries") }} as deliveries
        where event_at < {{ as_of_at() }} and {{ is_of_known_file("file_id") }}
    ),

    events as (
        select
            ranked.source,
            ranked.event_id,
            ranked.message_id,
            coalesce(ranked.email, recipients.email) as email,
            ranked.event_name,
            ranked.vendor_event_name,
            ranked.template_id,
            ranked.campaign,
            {{ link_without_message("ranked.link_url") }} as link_url,
            ranked.nightpost_message_id,
            ranked.bounce_kind,
            ranked.is_machine,
            ranked.user_agent,
            ranked.event_at,
            ranked.export_date
        from ranked
        left join
            {{ ref("int_email_recipients_unioned") }} as recipients
            on recipients.source = ranked.source
            and recipients.recipient_key = ranked.recipient_key
        where ranked.delivery = 1
    ),

    delivered as (
        select source, message_id, email, min(event_at) as delivered_at
        from events
        where event_name = 'delivered'
        group by source, message_id, email
    ),

    links as (
        select places.link_url, min_by(rules.link_kind, rules.rule_order) as link_kind
        from
            (
                select distinct link_url, {{ link_place("link_url") }} as place
                from events
                where link_url is not null
            ) as places
        inner join
            {{ ref("link_kinds") }} as rules on places.place like rules.place_pattern
        group by places.link_url
    ),

    programs as (
        select
            agents.user_agent, min_by(rules.is_machine, rules.rule_order) as is_machine
        from
            (
                select distinct user_agent from events where user_agent is not null
            ) as agents
        inner join
            {{ ref("machine_openers") }} as rules
            on lower(agents.user_agent) like rules.user_agent_pattern
        group by agents.user_agent
    ),

    judged as (
        select
            events.*,
            case
                when events.link_url is not null then coalesce(links.link_kind, 'other')
            end as link_kind,
            case
                when events.event_name not in ('open', 'click')
                then null
                when events.is_machine
                then 'vendor_flag'
                when programs.is_machine
                then 'user_agent'
                when
                    events.event_name = 'open'
                    and
                    {{ seconds_between("delivered.delivered_at", "events.event_at") }}
                    <= {{ var("machine_open_within_seconds") }}
                then 'fast_open'
            end as machine_rule
        from events
        left join links on links.link_url = events.link_url
        left join programs on programs.user_agent = events.user_agent
        left join
            delivered
            on delivered.source = events.source
            and delivered.message_id = events.message_id
            and delivered.email = events.email
    )

select
    source,
    event_id,
    message_id,
    email,
    event_name,
    vendor_event_name,
    template_id,
    campaign,
    link_url,
    nightpost_message_id,
    link_kind,
    bounce_kind,
    machine_rule is not null as is_machine,
    machine_rule,
    user_agent,
    event_at,
    export_date
from judged
