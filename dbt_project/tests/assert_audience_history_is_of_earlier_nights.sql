-- A night reads only what earlier nights left. A returned row is from tonight or later.
select audience_member_id
from {{ ref("audience_history") }}
where night >= {{ as_of_date() }}
