-- Grain: one row per delivered movement of points; repeats are dropped in the union.
-- The sign is the kind's: whichever way a program writes them, redeemed and expired
-- points go out. An adjustment keeps its own sign.
select
    trim(movement_id) as event_id,
    trim(loyalty_id) as loyalty_id,
    lower(trim(kind)) as kind,
    case
        when lower(trim(kind)) = 'earn'
        then abs({{ read_integer("points") }})
        when lower(trim(kind)) in ('redeem', 'expire')
        then - abs({{ read_integer("points") }})
        else {{ read_integer("points") }}
    end as points,
    {{ read_text("order_id") }} as order_id,
    {{ read_instant("moved_at") }} as moved_at,
    _export_date as export_date,
    _file_id as file_id,
    _row_number as row_number
from {{ readable_rows("loyalty", "movements") }}
