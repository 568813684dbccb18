-- Grain: one row per segment and person who may be written to: it gets tonight's mail,
-- or there is one reason why not, who won instead, and when that segment may write to
-- the person next. A segment without a mail is an audience only: it neither wins nor
-- loses.
select
    eligibility.membership_id,
    eligibility.segment,
    eligibility.profile_id,
    coalesce(candidates.priority, segments.priority) as priority,
    segments.has_mail,
    winners.membership_id is not null as is_planned,
    winners.message_id,
    winners.variant,
    candidates.kind,
    candidates.channel,
    candidates.template,
    winners.send_at,
    coalesce(winners.send_at > candidates.wanted_at, false) as is_moved,
    case
        when candidates.membership_id is null or winners.membership_id is not null
        then null
        else coalesce(held.reason, 'lower_priority')
    end as loss_reason,
    case
        when candidates.membership_id is not null and winners.membership_id is null
        then won.segment
    end as beaten_by,
    chances.next_possible_at
from {{ ref("act_eligibility") }} as eligibility
inner join {{ ref("act_segments") }} as segments using (segment)
left join {{ ref("act_mail_candidates") }} as candidates using (membership_id)
left join {{ ref("act_mail_winners") }} as winners using (membership_id)
left join
    {{ ref("act_mail_winners") }} as won on won.profile_id = eligibility.profile_id
left join {{ ref("act_mails_held") }} as held using (membership_id)
left join {{ ref("act_next_chances") }} as chances using (membership_id)
where eligibility.exclusion_reason is null
