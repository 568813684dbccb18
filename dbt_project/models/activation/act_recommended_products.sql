-- Grain: one row per planned person and place: their recommendations, with what a mail
-- shows of them. Whoever has none, because they refused personalisation, is shown what
-- most people buy, whatever they themselves have or do. What the mail opens with, or
-- what is in the cart, is not recommended once more, in no variant. Prices are in the
-- mail's one currency; a product that has none in it is shown without.
with
    people as (
        select profile_id, segment from {{ ref("act_send_plan") }} where is_planned
    ),

    popular as (
        select sku, place
        from {{ ref("popular_products") }}
        where area = 'everywhere' and place <= {{ var("recommendations") }}
    ),

    personal as (select distinct profile_id from {{ ref("recommendations") }}),

    shown as (
        -- in whatever variant
        select items.profile_id, variants.sku
        from {{ ref("act_cart_items") }} as items
        inner join
            {{ ref("products") }} as variants
            on variants.product_key = items.product_key
        union
        select people.profile_id, variants.sku
        from people
        inner join {{ ref("act_last_viewed_products") }} as viewed using (profile_id)
        inner join {{ ref("products") }} as opened on opened.sku = viewed.sku
        inner join
            {{ ref("products") }} as variants
            on variants.product_key = opened.product_key
        where
            concat('seg_', people.segment) in (
                {%- for segment in var("segments_that_open_with_the_last_view") %}
                    '{{ segment }}',
                {%- endfor %}
                ''
            )
    ),

    own as (
        select
            people.profile_id,
            own.sku,
            own.recommender,
            own.reason,
            row_number() over (
                partition by people.profile_id
                order by own.place nulls last, own.sku nulls last
            ) as place
        from people
        inner join {{ ref("recommendations") }} as own using (profile_id)
        left join shown on shown.profile_id = people.profile_id and shown.sku = own.sku
        where shown.sku is null
    ),

    chosen as (
        select profile_id, place, sku, recommender, reason
        from own
        where place <= {{ var("recommendations") }}
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
        left join
            shown on shown.profile_id = people.profile_id and shown.sku = popular.sku
        where personal.profile_id is null and shown.sku is null
    )

select
    concat(chosen.profile_id, '/', cast(chosen.place as string)) as recommendation_id,
    chosen.profile_id,
    chosen.place,
    products.sku,
    products.product_name,
    products.product_url,
    products.image_url,
    prices.price,
    prices.currency,
    chosen.recommender,
    chosen.reason
from chosen
inner join {{ ref("products") }} as products using (sku)
left join {{ ref("act_wallets") }} as wallets on wallets.profile_id = chosen.profile_id
left join
    {{ ref("product_prices") }} as prices
    on prices.sku = chosen.sku
    and prices.currency = wallets.currency
