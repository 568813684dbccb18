-- Grain: one row per human session: how the visit came about, and on what device.
-- Its first event tells: the page it landed on, the page before, the campaign. The
-- first matching rule of channel_groups and of device_patterns decides.
with
    landings as (select * from {{ ref("int_web_landings_found") }}),

    known_origins as (
        select distinct origin_source, origin_medium, origin_host, click_id
        from landings
    ),

    channels as (
        select
            known.origin_source,
            known.origin_medium,
            known.origin_host,
            known.click_id,
            min(rules.priority) as priority
        from known_origins as known
        inner join
            {{ ref("channel_groups") }} as rules
            on {{
                matches_pattern(
                    "known.origin_source", "coalesce(rules.source_pattern, '')"
                )
            }}
            and {{
                matches_pattern(
                    "known.origin_medium", "coalesce(rules.medium_pattern, '')"
                )
            }}
            and {{
                matches_pattern(
                    "known.origin_host", "coalesce(rules.referrer_pattern, '')"
                )
            }}
            and {{
                matches_pattern(
                    "known.click_id", "coalesce(rules.click_id_pattern, '')"
                )
            }}
        group by
            known.origin_source, known.origin_medium, known.origin_host, known.click_id
    ),

    known_devices as (select distinct category, user_agent from landings),

    classes as (
        select known.category, known.user_agent, min(rules.priority) as priority
        from known_devices as known
        inner join
            {{ ref("device_patterns") }} as rules
            on {{
                matches_pattern(
                    "case when rules.matched_on = 'category' then known.category "
                    "else known.user_agent end",
                    "coalesce(rules.pattern, '')",
                )
            }}
        group by known.category, known.user_agent
    )

select
    landings.session_id,
    landings.page_url as landing_page_url,
    landings.referrer_url,
    landings.utm_source,
    landings.utm_medium,
    landings.utm_campaign,
    landings.utm_content,
    landings.utm_term,
    coalesce(channel_groups.channel_group, 'Other') as channel_group,
    coalesce(device_patterns.device_class, 'unknown') as device_class
from landings
left join
    channels
    on channels.origin_source = landings.origin_source
    and channels.origin_medium = landings.origin_medium
    and channels.origin_host = landings.origin_host
    and channels.click_id = landings.click_id
left join
    {{ ref("channel_groups") }} as channel_groups
    on channel_groups.priority = channels.priority
left join
    classes
    on classes.category = landings.category
    and classes.user_agent = landings.user_agent
left join
    {{ ref("device_patterns") }} as device_patterns
    on device_patterns.priority = classes.priority
