-- Grain: one row per buyer: days, orders and money, and their quintiles 1 (worst) to 5.
-- A quintile's edges are linearly interpolated percentiles and belong to the lower
-- fifth. Equal recency or money gets equal scores. Order counts have many ties, so
-- buyers are ranked first: by count, then by the smallest customer key, then by
-- profile_id.
with
    buyers as (
        select
            profile_id,
            min(customer_key) as first_customer_key,
            sum(case when is_kept then 1 else 0 end) as order_count,
            cast(sum(net_amount) as decimal(18, 2)) as net_amount,
            max(case when is_kept then ordered_at end) as last_order_at
        from {{ ref("orders") }} as orders
        where profile_id is not null and {{ may_be_profiled("orders.profile_id") }}
        group by profile_id
        having sum(case when is_kept then 1 else 0 end) > 0
    ),

    measured as (
        select
            *,
            cast(
                floor(
                    {{ seconds_between("last_order_at", as_of_at()) }} / 86400.0
                ) as bigint
            ) as days_since_last_order,
            row_number() over (
                order by
                    order_count nulls last,
                    first_customer_key nulls last,
                    profile_id nulls last
            ) as frequency_rank
        from buyers
    ),

    edges as (
        select
            {% for fifth in [1, 2, 3, 4] %}
                {% for measure in [
                    "days_since_last_order",
                    "frequency_rank",
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
            measured.*,
            6 - {{ quintile("days_since_last_order") }} as recency_score,
            {{ quintile("frequency_rank") }} as frequency_score,
            {{ quintile("net_amount") }} as monetary_score
        from measured
        cross join edges
    )

select
    scored.profile_id,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    rfm_groups.rfm_group,
    scored.days_since_last_order,
    scored.order_count,
    scored.net_amount,
    scored.last_order_at
from scored
left join
    {{ ref("rfm_groups") }} as rfm_groups
    on scored.recency_score between rfm_groups.recency_from and rfm_groups.recency_to
    and scored.frequency_score
    between rfm_groups.frequency_from and rfm_groups.frequency_to
