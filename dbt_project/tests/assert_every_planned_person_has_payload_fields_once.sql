-- Nobody is lost or doubled between the plan and the payload. A returned row is a
-- planned person without fields, or fields of nobody who is planned.
with
    planned as (
        select profile_id, segment from {{ ref("act_send_plan") }} where is_planned
    )

select
    coalesce(planned.profile_id, fields.profile_id) as profile_id,
    count(planned.profile_id) as planned_rows,
    count(fields.profile_id) as payload_rows
from planned
full outer join
    {{ ref("act_payload_fields") }} as fields
    on fields.profile_id = planned.profile_id
    and fields.segment = planned.segment
group by coalesce(planned.profile_id, fields.profile_id)
having count(planned.profile_id) <> 1 or count(fields.profile_id) <> 1
