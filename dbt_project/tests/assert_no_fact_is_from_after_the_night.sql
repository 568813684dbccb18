-- A returned row is an order, web event or mail from after the night's end. Opt-outs
-- may be: one that is known before the mail goes out counts (int_refusals).
select order_id as fact_id
from {{ ref("orders") }}
where ordered_at >= {{ as_of_at() }}
union all
select event_id as fact_id
from {{ ref("web_events") }}
where event_at >= {{ as_of_at() }}
union all
select mail_id as fact_id
from {{ ref("email_engagement") }}
where last_opened_at >= {{ as_of_at() }} or last_clicked_at >= {{ as_of_at() }}
