-- Grain: one row per person who gets a mail tonight: every field that a template may
-- use. A column `x_json` reaches templates as the list `x`. Null means unknown, never a
-- guess.
with
    planned as (
        select profile_id, segment, message_id, variant, send_at
        from {{ ref("act_send_plan") }}
        where is_planned
    ),

    -- whoever has refused personalisation gets a mail that knows nothing of their deeds
    personal as (
        select planned.profile_id
        from planned
        left join {{ ref("personalisation_refusals") }} as refusals using (profile_id)
        where refusals.profile_id is null
    ),

    category_views as (
        select
            profile_id,
            category,
            row_number() over (
                partition by profile_id
                order by
                    count(*) desc nulls last,
                    max(event_at) desc nulls last,
                    category nulls last
            ) as place
        from {{ ref("web_events") }}
        where
            event_name = 'product_view'
            and category is not null
            and profile_id is not null
            and event_at >= {{ days_before(30) }}
        group by profile_id, category
    ),

    recommendations as (
        select
            profile_id,
            {{
                json_rows(
                    {
                        "sku": "sku",
                        "name": "product_name",
                        "url": "product_url",
                        "image_url": "image_url",
                        "price": "cast(price as string)",
                        "currency": "currency",
                        "reason": "reason",
                    },
                    ["place"],
                )
            }} as recommendations_json
        from {{ ref("act_recommended_products") }}
        group by profile_id
    )

select
    planned.segment,
    planned.profile_id,
    contactable.email,
    contactable.consent_event_id,
    planned.message_id,
    planned.variant,
    concat(
        'in segment ',
        planned.segment,
        ' on the night of ',
        cast({{ as_of_date() }} as string)
    ) as reason,
    planned.send_at,
    profiles.first_name,
    profiles.last_name,
    profiles.language,
    -- a place that its postal code contradicts is not spoken of
    case when profiles.is_place_trusted then profiles.city end as city,
    case when profiles.is_place_trusted then profiles.country_code end as country_code,
    wallets.currency,
    last_purchases.product_name as last_purchase_name,
    last_purchases.category as last_purchase_category,
    last_purchases.ordered_at as last_purchase_at,
    viewed.product_name as last_viewed_name,
    viewed.product_url as last_viewed_url,
    viewed.image_url as last_viewed_image_url,
    viewed_prices.price as last_viewed_price,
    viewed_prices.currency as last_viewed_currency,
    viewed.category as last_viewed_category,
    coalesce(category_views.category, last_purchases.category) as favourite_category,
    facts.loyalty_points,
    facts.loyalty_tier,
    facts.lifecycle_stage,
    facts.age_band,
    facts.nearest_region,
    facts.last_session_at,
    facts.is_away,
    carts.items_json as cart_items_json,
    carts.cart_value,
    recommendations.recommendations_json
from planned
inner join {{ ref("act_contactable_profiles") }} as contactable using (profile_id)
inner join {{ ref("profiles") }} as profiles using (profile_id)
left join personal on personal.profile_id = planned.profile_id
left join
    {{ ref("last_purchases") }} as last_purchases
    on last_purchases.profile_id = personal.profile_id
left join
    {{ ref("act_last_viewed_products") }} as viewed
    on viewed.profile_id = personal.profile_id
inner join
    {{ ref("act_wallets") }} as wallets on wallets.profile_id = planned.profile_id
left join
    {{ ref("product_prices") }} as viewed_prices
    on viewed_prices.sku = viewed.sku
    and viewed_prices.currency = wallets.currency
left join
    category_views
    on category_views.profile_id = personal.profile_id
    and category_views.place = 1
left join
    {{ ref("act_cart_contents") }} as carts on carts.profile_id = personal.profile_id
left join {{ ref("profile_facts") }} as facts on facts.profile_id = personal.profile_id
left join recommendations on recommendations.profile_id = planned.profile_id
