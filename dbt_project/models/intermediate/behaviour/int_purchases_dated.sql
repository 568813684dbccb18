-- Grain: one row per order of somebody who may be profiled: its business day, since
-- when it is known, and its worth net of what was given back. A credit note is worth
-- less than nothing; an order that was given back as a whole is worth nothing.
with
    orders as (
        select
            order_id,
            profile_id,
            source,
            case when is_kept or is_credit_note then net_amount else 0 end as amount,
            cast(
                {{ utc_to_local("ordered_at", var("business_time_zone")) }} as date
            ) as ordered_date,
            known_from_date
        from {{ ref("int_orders_attributed") }} as attributed
        where
            profile_id is not null
            and net_amount is not null
            and {{ may_be_profiled("attributed.profile_id") }}
    )

select
    order_id,
    profile_id,
    ordered_date,
    {{ known_since("known_from_date", "ordered_date", "source") }} as known_date,
    cast(amount as decimal(18, 2)) as amount
from orders
