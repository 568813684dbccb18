-- A returned row is a mail that would go out before the night that decided it has
-- ended.
select profile_id from {{ ref("act_payload_fields") }} where send_at < {{ as_of_at() }}
