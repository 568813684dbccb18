-- Grain: one row per segment that is evaluated tonight and has a mail: what kind of
-- mail it is, and what the contact rules ask of it. Seeds say so; whatever they do not
-- list goes by their row `any`.
select
    segments.segment,
    segments.priority as list_place,
    coalesce(own.kind, others.kind, 'marketing') as kind,
    coalesce(own.channel, others.channel, 'email') as channel,
    coalesce(templates.template, 'default') as template,
    coalesce(own.gap_hours, others.gap_hours, 0) as gap_hours,
    coalesce(own.is_once_only, others.is_once_only, false) as is_once_only,
    coalesce(own_gap.gap_hours, other_gaps.gap_hours, 0) as template_gap_hours,
    {{ second_of_clock("quiet.quiet_from") }} as quiet_from_second,
    {{ second_of_clock("quiet.quiet_until") }} as quiet_until_second
from {{ ref("act_segments") }} as segments
left join {{ ref("contact_rules") }} as own on own.segment = segments.segment
left join {{ ref("contact_rules") }} as others on others.segment = 'any'
left join
    {{ ref("mail_templates") }} as templates on templates.segment = segments.segment
left join
    {{ ref("template_gaps") }} as own_gap
    on own_gap.template = coalesce(templates.template, 'default')
left join {{ ref("template_gaps") }} as other_gaps on other_gaps.template = 'any'
left join
    {{ ref("quiet_hours") }} as quiet
    on quiet.kind = coalesce(own.kind, others.kind, 'marketing')
    and quiet.channel = coalesce(own.channel, others.channel, 'email')
where segments.has_mail
