-- Grain: one row per buyer: days, orders and money, and their quintiles 1 (worst) to 5.
-- Orders and money are those of `rfm_window_days`, net of refunds and cancellations, in
-- the reporting currency. A quintile's edges are linearly interpolated percentiles and
-- belong to the lower fifth. Equal recency or money gets equal scores. Order counts
-- have many ties: equal counts share a score, unless `rfm_frequency_ties` says that
-- buyers are ranked by count, then by the smallest customer key, then by profile_id.
with
    buyers as (
        select
            orders.profile_id,
            min(orders.customer_key) as first_customer_key,
            count(
                case
                    when orders.is_kept and {{ in_rfm_window("orders.ordered_at") }}
                    then 1
                end
            ) as order_count,
            cast(
                sum(
                    case
                        when {{ in_rfm_window("orders.ordered_at") }}
                        then orders.net_amount
                    end
                ) as decimal(18, 2)
            ) as net_amount,
            max(case when orders.is_kept then orders.ordered_at end) as last_order_at
        from {{ ref("orders") }} as orders
        where
            orders.profile_id is not null and {{ may_be_profiled("orders.profile_id") }}
        group by orders.profile_id
        having count(case when orders.is_kept then 1 end) > 0
    ),

    aged as (
        select
            *,
            cast(
                floor(
                    {{ seconds_between("last_order_at", as_of_at()) }} / 86400.0
                ) as bigint
            ) as days_since_last_order
        from buyers
    ),

    measured as (
        select *, {{ rfm_frequency_basis() }} as frequency_basis
        from aged
        where order_count > 0
    ),

    edges as (
        select
            {% for fifth in [1, 2, 3, 4] %}
                {% for measure in [
                    "days_since_last_order",
                    "frequency_basis",
                    "net_amount",
                ] %}
                    percentile_cont({{ fifth / 5 }}) within group (
                        order by cast({{ measure }} as double)
                    ) as {{ measure }}_{{ fifth }}
                    {{ "," if not (fifth == 4 and measure == "net_amount") }}
                {% endfor %}
            {% endfor %}
        from measured
    ),

    scored as (
        select
            measured.profile_id,
            6 - {{ quintile("days_since_last_order") }} as recency_score,
            {{ quintile("frequency_basis") }} as frequency_score,
            {{ quintile("net_amount") }} as monetary_score
        from measured
        cross join edges
    ),

    -- the first group that matches; a missing score counts as 0
    grouped as (
        select
            aged.*,
            scored.recency_score,
            scored.frequency_score,
            scored.monetary_score,
            rfm_groups.rfm_group,
            rfm_groups.group_rank,
            row_number() over (
                partition by aged.profile_id order by rfm_groups.group_rank nulls last
            ) as match_number
        from aged
        left join scored using (profile_id)
        left join
            {{ ref("rfm_groups") }} as rfm_groups
            on coalesce(scored.recency_score, 0)
            between rfm_groups.recency_from and rfm_groups.recency_to
            and coalesce(scored.frequency_score, 0)
            between rfm_groups.frequency_from and rfm_groups.frequency_to
            and coalesce(scored.monetary_score, 0)
            between rfm_groups.monetary_from and rfm_groups.monetary_to
    ),

    {{ newest_standing("stg_nightpost__rfm_changes") }}

select
    grouped.profile_id,
    grouped.recency_score,
    grouped.frequency_score,
    grouped.monetary_score,
    case
        when grouped.recency_score is null
        then 'no_order_in_window'
        when grouped.monetary_score is null
        then 'no_exchange_rate'
    end as unscored_reason,
    grouped.rfm_group,
    previous.value as previous_group,
    case
        when previous.value is null
        then 'new'
        when previous.value = grouped.rfm_group
        then 'same'
        when earlier_groups.group_rank > grouped.group_rank
        then 'up'
        -- a group that the list no longer names was left for a worse or an unknown one
        else 'down'
    end as movement,
    grouped.days_since_last_order,
    grouped.order_count,
    grouped.net_amount,
    grouped.last_order_at
from grouped
left join previous using (profile_id)
left join
    {{ ref("rfm_groups") }} as earlier_groups
    on earlier_groups.rfm_group = previous.value
where grouped.match_number = 1
