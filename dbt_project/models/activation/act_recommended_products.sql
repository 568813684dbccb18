-- Grain: one row per planned person and place: their recommendations, with what a mail
-- shows of them. Whoever has none, because they refused personalisation, is shown what
-- most people buy, whatever they themselves have or do.
with
    people as (select profile_id from {{ ref("act_send_plan") }} where is_planned),

    popular as (
        select sku, place
        from {{ ref("popular_products") }}
        where area = 'everywhere' and place <= {{ var("recommendations") }}
    ),

    personal as (select distinct profile_id from {{ ref("recommendations") }}),

    chosen as (
        select people.profile_id, own.place, own.sku, own.recommender, own.reason
        from people
        inner join {{ ref("recommendations") }} as own using (profile_id)
        union all
        select
            people.profile_id,
            popular.place,
            popular.sku,
            'popular' as recommender,
            'Popular in our shop' as reason
        from people
        cross join popular
        left join personal on personal.profile_id = people.profile_id
        where personal.profile_id is null
    )

select
    concat(chosen.profile_id, '/', cast(chosen.place as string)) as recommendation_id,
    chosen.profile_id,
    chosen.place,
    products.sku,
    products.product_name,
    products.product_url,
    products.image_url,
    products.price,
    chosen.recommender,
    chosen.reason
from chosen
inner join {{ ref("products") }} as products using (sku)
