-- The waterfall's second step adds up: who may be written to is planned, or told who
-- won. A returned row is a membership that the plan forgot, invented, or holds twice.
with
    eligible as (
        select membership_id
        from {{ ref("act_eligibility") }}
        where exclusion_reason is null
    )

select
    coalesce(eligible.membership_id, plan.membership_id) as membership_id,
    count(eligible.membership_id) as eligible_rows,
    count(plan.membership_id) as plan_rows
from eligible
full outer join
    {{ ref("act_send_plan") }} as plan on plan.membership_id = eligible.membership_id
group by coalesce(eligible.membership_id, plan.membership_id)
having count(eligible.membership_id) <> 1 or count(plan.membership_id) <> 1
