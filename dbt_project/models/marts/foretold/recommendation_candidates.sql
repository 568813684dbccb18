-- Grain: one row per person who may be profiled, product, recommender and reason: what
-- each way to a recommendation would offer them, 1 first. Not all of it is on offer.
with
    people as (
        select profiles.profile_id
        from {{ ref("profiles") }} as profiles
        where {{ may_be_profiled("profiles.profile_id") }}
    ),

    not_needed_counts as (
        select profile_id, count(*) as product_count
        from {{ ref("unneeded_products") }}
        group by profile_id
    ),

    latest as (
        select
            *,
            row_number() over (
                partition by profile_id
                order by last_bought_at desc nulls last, sku nulls last
            ) as lastness
        from {{ ref("bought_products") }}
    ),

    ruled as (
        select
            bought.profile_id,
            rules.recommended_sku as sku,
            'product_rule' as recommender,
            row_number() over (
                partition by bought.profile_id
                order by
                    bought.last_bought_at desc nulls last,
                    rules.bought_sku nulls last,
                    rules.recommended_sku nulls last
            ) as place,
            rules.reason
        from {{ ref("bought_products") }} as bought
        inner join {{ ref("product_rules") }} as rules on rules.bought_sku = bought.sku
        where rules.valid_from_date <= {{ as_of_date() }}
    ),

    complements as (
        select
            latest.profile_id,
            pairs.other_sku as sku,
            'bought_together' as recommender,
            row_number() over (
                partition by latest.profile_id
                order by
                    pairs.order_count desc nulls last,
                    pairs.other_sku nulls last,
                    pairs.sku nulls last
            ) as place
        from latest
        inner join {{ ref("product_pairs") }} as pairs on pairs.sku = latest.sku
        where latest.lastness <= 3
    ),

    views as (
        select
            web_events.profile_id, web_events.sku, max(web_events.event_at) as viewed_at
        from {{ ref("web_events") }} as web_events
        inner join people using (profile_id)
        where
            web_events.event_name = 'product_view'
            and web_events.sku is not null
            and web_events.event_at >= {{ days_before(30) }}
        group by web_events.profile_id, web_events.sku
    ),

    viewed as (
        select
            views.profile_id,
            views.sku,
            'recently_viewed' as recommender,
            row_number() over (
                partition by views.profile_id
                order by views.viewed_at desc nulls last, views.sku nulls last
            ) as place
        from views
        left join
            {{ ref("bought_products") }} as bought
            on bought.profile_id = views.profile_id
            and bought.sku = views.sku
        where bought.last_bought_at is null or bought.last_bought_at < views.viewed_at
    ),

    -- as many as are sure to leave enough when what is not needed is taken away
    popular as (
        select areas.profile_id, popular.sku, areas.recommender, popular.place
        from {{ ref("int_profile_areas") }} as areas
        inner join people using (profile_id)
        left join not_needed_counts using (profile_id)
        inner join
            {{ ref("popular_products") }} as popular
            on popular.area = areas.area
            and popular.place
            <= {{ var("recommendations") }}
            + 1
            + coalesce(not_needed_counts.product_count, 0)
    )

select profile_id, sku, recommender, reason, min(place) as place
from ruled
group by profile_id, sku, recommender, reason
union all
select profile_id, sku, recommender, null as reason, min(place) as place
from complements
group by profile_id, sku, recommender
union all
select profile_id, sku, recommender, null as reason, place
from viewed
union all
select profile_id, sku, recommender, null as reason, place
from popular
union all
select profile_id, sku, recommender, null as reason, place
from {{ ref("stg_recommender__candidates") }}
inner join people using (profile_id)
