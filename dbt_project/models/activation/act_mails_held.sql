-- Grain: one row per mail that tonight's contact rules hold back, with the one reason
-- why: of several rules the one that is asked first.
with
    mails as (select * from {{ ref("sends") }}),

    {{ used_up_rules("mails") }},

    held as (
        select
            candidates.membership_id,
            min(
                case
                    used_up.reason
                    when 'had_it_once'
                    then 1
                    when 'had_it_lately'
                    then 2
                    when 'asked_for_less'
                    then 3
                    when 'capped'
                    then 4
                end
            ) as first_asked
        from {{ ref("act_mail_candidates") }} as candidates
        inner join used_up on {{ is_held_by("used_up", "candidates") }}
        where candidates.send_at is not null
        group by candidates.membership_id
    )

select
    membership_id,
    case
        first_asked
        when 1
        then 'had_it_once'
        when 2
        then 'had_it_lately'
        when 3
        then 'asked_for_less'
        when 4
        then 'capped'
    end as reason
from held
union all
select membership_id, 'quiet_hours' as reason
from {{ ref("act_mail_candidates") }}
where send_at is null
