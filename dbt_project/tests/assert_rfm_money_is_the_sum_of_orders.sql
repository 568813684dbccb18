-- A returned row is a buyer whose scored orders or money differ from the orders mart.
with
    from_orders as (
        select
            profile_id,
            sum(
                case
                    when is_kept and {{ in_rfm_window("ordered_at") }} then 1 else 0
                end
            ) as order_count,
            coalesce(
                sum(case when {{ in_rfm_window("ordered_at") }} then net_amount end), 0
            ) as net_amount
        from {{ ref("orders") }} as orders
        where profile_id is not null and {{ may_be_profiled("orders.profile_id") }}
        group by profile_id
        having sum(case when is_kept then 1 else 0 end) > 0
    )

select coalesce(scores.profile_id, from_orders.profile_id) as profile_id
from {{ ref("rfm_scores") }} as scores
full outer join from_orders on from_orders.profile_id = scores.profile_id
where
    scores.profile_id is null
    or from_orders.profile_id is null
    or scores.order_count <> from_orders.order_count
    or coalesce(scores.net_amount, 0) <> from_orders.net_amount
