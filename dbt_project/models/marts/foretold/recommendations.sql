-- Grain: one row per person and place: the products that suit them best tonight, on
-- offer, not in their cart, and not owned where bought once. Best first; of two alike
-- the one whose SKU comes first. One more than a mail shows: it steps in where the mail
-- opens with one of them. Whoever refused personalisation has none: see
-- popular_products.
with
    people as (
        select profiles.profile_id
        from {{ ref("profiles") }} as profiles
        where {{ may_be_profiled("profiles.profile_id") }}
    ),

    bought as (
        select
            order_lines.profile_id,
            order_lines.sku,
            max(order_lines.ordered_at) as last_bought_at
        from {{ ref("order_lines") }} as order_lines
        inner join people using (profile_id)
        where order_lines.is_kept and order_lines.sku is not null
        group by order_lines.profile_id, order_lines.sku
    ),

    -- who has one variant needs no other
    not_needed as (
        select bought.profile_id, offered.sku
        from bought
        inner join {{ ref("products") }} as products using (sku)
        inner join
            {{ ref("offered_products") }} as offered
            on offered.product_key = products.product_key
        where offered.is_one_time
        union
        -- nor need what is in the cart already be recommended
        select items.profile_id, offered.sku
        from {{ ref("cart_items") }} as items
        inner join
            {{ ref("carts") }} as carts
            on carts.profile_id = items.profile_id
            and carts.cart_status = 'open'
        inner join
            {{ ref("offered_products") }} as offered
            on offered.product_key = items.product_key
    ),

    not_needed_counts as (
        select profile_id, count(*) as product_count from not_needed group by profile_id
    ),

    latest as (
        select
            *,
            row_number() over (
                partition by profile_id
                order by last_bought_at desc nulls last, sku nulls last
            ) as lastness
        from bought
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
        from bought
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
            bought on bought.profile_id = views.profile_id and bought.sku = views.sku
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
    ),

    -- once per person, product, recommender and reason
    candidates as (
        select profile_id, sku, recommender, min(place) as place, reason
        from ruled
        group by profile_id, sku, recommender, reason
        union all
        select profile_id, sku, recommender, min(place) as place, null as reason
        from complements
        group by profile_id, sku, recommender
        union all
        select profile_id, sku, recommender, place, null as reason
        from viewed
        union all
        select profile_id, sku, recommender, place, null as reason
        from popular
        union all
        select profile_id, sku, recommender, place, null as reason
        from {{ ref("stg_recommender__candidates") }}
        inner join people using (profile_id)
    ),

    weighed as (
        select
            candidates.profile_id,
            candidates.sku,
            candidates.recommender,
            candidates.reason,
            cast(sources.weight / (10 + candidates.place) as decimal(18, 6)) as score
        from candidates
        inner join {{ ref("recommendation_sources") }} as sources using (recommender)
        inner join {{ ref("offered_products") }} as offered using (sku)
        where sources.weight > 0
    ),

    summed as (
        select profile_id, sku, sum(score) as product_score, max(score) as highest_score
        from weighed
        group by profile_id, sku
    ),

    -- of several variants of one product, the one that suits best stands for all
    with_variants as (
        select product_key
        from {{ ref("offered_products") }}
        group by product_key
        having count(*) > 1
    ),

    variants as (
        select
            summed.profile_id,
            summed.sku,
            row_number() over (
                partition by summed.profile_id, offered.product_key
                order by summed.product_score desc nulls last, summed.sku nulls last
            ) as choice
        from summed
        inner join {{ ref("offered_products") }} as offered using (sku)
        inner join with_variants using (product_key)
    ),

    ranked as (
        select
            summed.*,
            row_number() over (
                partition by summed.profile_id
                order by summed.product_score desc nulls last, summed.sku nulls last
            ) as place
        from summed
        left join
            not_needed
            on not_needed.profile_id = summed.profile_id
            and not_needed.sku = summed.sku
        left join
            variants
            on variants.profile_id = summed.profile_id
            and variants.sku = summed.sku
        where not_needed.sku is null and coalesce(variants.choice, 1) = 1
    ),

    -- one more than a mail shows, for the one that opens it
    placed as (select * from ranked where place <= {{ var("recommendations") }} + 1),

    -- of those who name a product, the one that weighs most gives the reason
    named as (
        select
            placed.profile_id,
            placed.place,
            placed.sku,
            placed.product_score,
            weighed.recommender,
            sources.is_fallback,
            coalesce(weighed.reason, sources.reason) as reason,
            row_number() over (
                partition by placed.profile_id, placed.sku
                order by
                    weighed.recommender nulls last,
                    coalesce(weighed.reason, sources.reason) nulls last
            ) as speaks
        from placed
        inner join
            weighed
            on weighed.profile_id = placed.profile_id
            and weighed.sku = placed.sku
            and weighed.score = placed.highest_score
        inner join {{ ref("recommendation_sources") }} as sources using (recommender)
    )

select
    concat(profile_id, '/', cast(place as string)) as recommendation_id,
    profile_id,
    place,
    sku,
    recommender,
    cast(product_score as decimal(18, 6)) as score,
    is_fallback,
    reason
from named
where speaks = 1
