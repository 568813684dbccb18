-- Grain: one row per person and category: how much they lean towards it. A view, a cart
-- addition and a kept purchase earn the points of seeds/reference/affinity_points.csv,
-- halved for every 90 days since. Rank 1 is the dearest; a tie goes to the later deed,
-- then to the alphabetically first category.
with
    deeds as (
        select profile_id, category, event_name as deed, event_at as done_at
        from {{ ref("web_events") }}
        where
            event_name in ('product_view', 'add_to_cart')
            and profile_id is not null
            and category is not null
        union all
        select profile_id, category, 'purchase' as deed, ordered_at as done_at
        from {{ ref("order_lines") }}
        where is_kept and profile_id is not null and category is not null
    ),

    points as (
        select
            deeds.profile_id,
            deeds.category,
            deeds.deed,
            deeds.done_at,
            cast(
                round(
                    (
                        cast(affinity_points.points as double) * power(
                            0.5,
                            {{ seconds_between("deeds.done_at", as_of_at()) }}
                            / (90 * 86400.0)
                        )
                    )
                    * 1e6
                )
                / 1e6 as decimal(18, 6)
            ) as points
        from deeds
        inner join {{ ref("affinity_points") }} as affinity_points using (deed)
        where {{ may_be_profiled("deeds.profile_id") }}
    ),

    summed as (
        select
            profile_id,
            category,
            cast(sum(points) as decimal(18, 6)) as affinity_points,
            count(*) as deed_count,
            count(case when deed = 'product_view' then 1 end) as view_count,
            count(case when deed = 'purchase' then 1 end) as purchase_count,
            min(done_at) as first_deed_at,
            max(done_at) as last_deed_at
        from points
        group by profile_id, category
    )

select
    concat(profile_id, '/', category) as category_affinity_id,
    profile_id,
    category,
    affinity_points,
    round(
        (
            cast(affinity_points as double) / nullif(
                cast(sum(affinity_points) over (partition by profile_id) as double), 0
            )
        )
        * 1e6
    )
    / 1e6 as affinity_share,
    row_number() over (
        partition by profile_id
        order by
            affinity_points desc nulls last,
            last_deed_at desc nulls last,
            category nulls last
    ) as affinity_rank,
    deed_count,
    view_count,
    purchase_count,
    first_deed_at,
    last_deed_at
from summed
