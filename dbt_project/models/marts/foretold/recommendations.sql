-- Grain: one row per person and place: the products that suit them best tonight, on
-- offer, not in their cart, and not owned where bought once. Best first; of two alike
-- the one whose SKU comes first. One more than a mail shows: it steps in where the mail
-- opens with one of them. Whoever refused personalisation has none: see
-- popular_products.
with
    weighed as (
        select
            candidates.profile_id,
            candidates.sku,
            candidates.recommender,
            candidates.reason,
            cast(sources.weight / (10 + candidates.place) as decimal(18, 6)) as score
        from {{ ref("recommendation_candidates") }} as candidates
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
            {{ ref("unneeded_products") }} as not_needed
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
