-- Grain: one row per order. Money is in the reporting currency and net: what was paid,
-- less what was given back; nothing where the order was cancelled or never paid.
select
    order_id,
    profile_id,
    source,
    order_number,
    customer_key,
    currency,
    total_amount,
    refunded_amount,
    discount_amount,
    net_amount,
    is_cancelled,
    is_purchase,
    is_credit_note,
    is_kept,
    ordered_at
from {{ ref("int_orders_attributed") }}
