-- Grain: one row per buyer of whom a model foretells something.
select
    profile_id,
    cast(probability_alive as decimal(7, 6)) as probability_alive,
    cast(expected_orders_90 as decimal(18, 6)) as expected_orders_90,
    cast(likely_orders_90 as integer) as likely_orders_90,
    cast(expected_value_90 as decimal(18, 2)) as expected_value_90,
    cast(expected_orders_365 as decimal(18, 6)) as expected_orders_365,
    cast(expected_value_365 as decimal(18, 2)) as expected_value_365,
    cast(next_order_days as integer) as next_order_days
from {{ source("predictions", "lifetime_values") }}
