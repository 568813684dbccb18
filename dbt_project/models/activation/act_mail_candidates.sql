-- Grain: one row per segment with a mail and person in it who may be written to: when
-- tonight's mail would go out. At the hour of the person's own habit, else at the
-- business's; out of quiet hours by the person's own clock. `send_at` is null where all
-- day is quiet.
with
    -- whoever has refused personalisation is written to at the business's hour
    habits as (
        select send_hours.profile_id, send_hours.next_send_at
        from {{ ref("send_hours") }} as send_hours
        left join {{ ref("personalisation_refusals") }} as refusals using (profile_id)
        where refusals.profile_id is null
    ),

    wanted as (
        select
            eligibility.membership_id,
            eligibility.segment,
            eligibility.profile_id,
            rules.list_place,
            rules.kind,
            rules.channel,
            rules.template,
            rules.quiet_from_second,
            rules.quiet_until_second,
            coalesce(zones.time_zone, '{{ var("business_time_zone") }}') as time_zone,
            coalesce(
                habits.next_send_at,
                {{
                    local_to_utc(
                        "cast("
                        ~ as_of_date()
                        ~ " + 1 as timestamp) + interval '"
                        ~ var("send_hour")
                        ~ "' hour",
                        var("business_time_zone"),
                    )
                }}
            ) as wanted_at
        from {{ ref("act_eligibility") }} as eligibility
        inner join {{ ref("act_mail_rules") }} as rules using (segment)
        left join {{ ref("profile_time_zones") }} as zones using (profile_id)
        left join habits using (profile_id)
        where eligibility.exclusion_reason is null
    )

select
    wanted.membership_id,
    wanted.segment,
    wanted.profile_id,
    coalesce(priorities.priority, wanted.list_place) as priority,
    wanted.list_place,
    wanted.kind,
    wanted.channel,
    wanted.template,
    wanted.time_zone,
    wanted.quiet_from_second,
    wanted.quiet_until_second,
    wanted.wanted_at,
    {{ out_of_quiet_hours("wanted.wanted_at", "wanted") }} as send_at
from wanted
left join {{ ref("lifecycle_stages") }} as stages using (profile_id)
left join
    {{ ref("segment_priorities") }} as priorities
    on priorities.segment = wanted.segment
    and priorities.lifecycle_stage = stages.lifecycle_stage
