-- Grain: one row per person who may be profiled: what they were worth, and what they
-- are expected to be worth. Where nothing is foretold, the reason says why.
with
    past as (
        select
            profile_id,
            count(case when amount > 0 then 1 end) as order_count,
            cast(sum(amount) as decimal(18, 2)) as past_value
        from {{ ref("int_purchases_dated") }}
        group by profile_id
    ),

    served as (
        select model_version, reason
        from {{ ref("stg_predictions__served_models") }}
        where model = 'lifetime_value'
    )

select
    profiles.profile_id,
    coalesce(past.order_count, 0) as order_count,
    coalesce(past.past_value, 0) as past_value,
    predicted.probability_alive,
    predicted.expected_orders_90,
    predicted.likely_orders_90,
    predicted.expected_value_90,
    predicted.expected_orders_365,
    predicted.expected_value_365,
    {{ as_of_date() }} + predicted.next_order_days as expected_next_order_date,
    case
        when predicted.profile_id is not null then served.model_version
    end as model_version,
    case
        when predicted.profile_id is not null
        then null
        when served.model_version is null
        then coalesce(served.reason, 'no model serves')
        else 'never bought'
    end as missing_reason
from {{ ref("profiles") }} as profiles
left join past on past.profile_id = profiles.profile_id
left join
    {{ ref("stg_predictions__lifetime_values") }} as predicted
    on predicted.profile_id = profiles.profile_id
left join served on true
where {{ may_be_profiled("profiles.profile_id") }}
