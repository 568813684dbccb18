-- Who: people who bought something in the last 7 days.
-- Why: thanks, care instructions and what goes with it.
-- Not: orders that were cancelled or given back as a whole.
select distinct profile_id
from {{ ref("orders") }}
where is_kept and profile_id is not null and ordered_at >= {{ days_before(7) }}
