-- The waterfall's first step adds up: every membership is exported, or out for one
-- reason. A returned row is a membership that is missing from either side, or that
-- stands twice.
select
    coalesce(memberships.membership_id, eligibility.membership_id) as membership_id,
    count(memberships.membership_id) as membership_rows,
    count(eligibility.membership_id) as eligibility_rows
from {{ ref("act_segment_memberships") }} as memberships
full outer join
    {{ ref("act_eligibility") }} as eligibility
    on eligibility.membership_id = memberships.membership_id
group by coalesce(memberships.membership_id, eligibility.membership_id)
having count(memberships.membership_id) <> 1 or count(eligibility.membership_id) <> 1
