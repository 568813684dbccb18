-- Grain: one row per mail that somebody does not get tonight: the rules that held it
-- back, and when the person may be written to for that segment once tonight's mails are
-- out: when every rule is free again, and not in quiet hours. Null is never.
with
    -- what everybody was written, tonight's mails included
    mails as (
        select profile_id, channel, kind, segment, template, send_at, message_id
        from {{ ref("sends") }}
        union all
        select profile_id, channel, kind, segment, template, send_at, message_id
        from {{ ref("act_mail_winners") }}
    ),

    {{ used_up_rules("mails") }},

    losers as (
        select candidates.*
        from {{ ref("act_mail_candidates") }} as candidates
        left join {{ ref("act_mail_winners") }} as winners using (membership_id)
        where winners.membership_id is null
    ),

    waits as (
        select
            losers.membership_id,
            count(case when used_up.free_at is null then used_up.reason end)
            > 0 as is_for_ever,
            max(used_up.free_at) as free_at
        from losers
        left join used_up on {{ is_held_by("used_up", "losers") }}
        group by losers.membership_id
    ),

    waiting as (
        select
            losers.*,
            waits.is_for_ever,
            -- never before the hour at which tonight's would have gone out
            case
                when waits.free_at > losers.wanted_at
                then waits.free_at
                else losers.wanted_at
            end as free_at
        from losers
        inner join waits using (membership_id)
    )

select
    membership_id,
    case
        when not is_for_ever then {{ out_of_quiet_hours("waiting.free_at", "waiting") }}
    end as next_possible_at
from waiting
