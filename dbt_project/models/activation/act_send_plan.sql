-- Grain: one row per segment and person who may be written to: the person's first
-- segment by priority that has a mail gets tonight's, the others are told who won. A
-- segment without a mail is an audience only: it neither wins nor is beaten.
with
    ranked as (
        select
            eligibility.membership_id,
            eligibility.segment,
            eligibility.profile_id,
            segments.priority,
            segments.has_mail,
            min(case when segments.has_mail then segments.priority end) over (
                partition by eligibility.profile_id
            ) as best_priority
        from {{ ref("act_eligibility") }} as eligibility
        inner join {{ ref("act_segments") }} as segments using (segment)
        where eligibility.exclusion_reason is null
    )

select
    ranked.membership_id,
    ranked.segment,
    ranked.profile_id,
    ranked.priority,
    ranked.has_mail,
    ranked.has_mail and ranked.priority = ranked.best_priority as is_planned,
    case
        when ranked.has_mail and ranked.priority <> ranked.best_priority
        then winners.segment
    end as beaten_by
from ranked
left join
    {{ ref("act_segments") }} as winners on winners.priority = ranked.best_priority
