-- Grain: one row per person who may be profiled: every fact that content is made from.
-- The age is that on the night's date; who was born on 29 February has their birthday
-- on 1 March of a year without one. A birth date in the future, or more than 120 years
-- ago, gives no age.
with
    repeated as (
        select
            profile_id,
            sku,
            third_viewed_at,
            row_number() over (
                partition by profile_id
                order by third_viewed_at desc nulls last, sku nulls last
            ) as lastness
        from {{ ref("repeated_product_views") }}
    ),

    declared as (
        select
            profile_id,
            max(
                case when preference = 'category' then preference_value end
            ) as declared_category,
            max(
                case when preference = 'frequency' then preference_value end
            ) as declared_frequency,
            {{
                json_rows(
                    {"preference": "preference", "value": "preference_value"},
                    ["preference"],
                )
            }} as preferences_json
        from {{ ref("preferences") }}
        group by profile_id
    ),

    ages as (
        select
            profile_id,
            cast(
                extract(year from {{ as_of_date() }})
                - extract(year from birth_date)
                - case
                    when
                        {{ month_and_day(as_of_date()) }}
                        < {{ month_and_day("birth_date") }}
                    then 1
                    else 0
                end as int
            ) as age
        from {{ ref("profiles") }}
        where birth_date is not null
    )

select
    profiles.profile_id,
    profiles.gender,
    profiles.birth_date,
    case when ages.age between 0 and 120 then ages.age end as age,
    age_bands.age_band,
    profiles.language,
    case when profiles.is_place_trusted then profiles.city end as city,
    case when profiles.is_place_trusted then profiles.region end as region,
    areas.region_code as nearest_region,
    case when profiles.is_place_trusted then profiles.country_code end as country_code,
    zones.time_zone,
    zones.time_zone_source,
    purchases.sku as last_purchase_sku,
    purchases.product_name as last_purchase_name,
    purchases.category as last_purchase_category,
    purchases.ordered_at as last_purchase_at,
    views.sku as last_viewed_sku,
    viewed.product_name as last_viewed_name,
    viewed.product_url as last_viewed_url,
    viewed.image_url as last_viewed_image_url,
    case
        when views.sku is not null
        then coalesce(viewed.is_available, false) and not views.is_bought_since
    end as is_last_viewed_available,
    views.viewed_at as last_viewed_at,
    repeated.sku as repeatedly_viewed_sku,
    repeatedly.product_name as repeatedly_viewed_name,
    repeated.third_viewed_at as repeatedly_viewed_at,
    case when carts.cart_status = 'open' then carts.items_json end as cart_items_json,
    case when carts.cart_status = 'open' then carts.cart_value end as cart_value,
    case when carts.cart_status = 'open' then carts.item_count end as cart_item_count,
    activity.order_count,
    activity.visit_count,
    activity.visit_count_in_30_days,
    activity.last_session_at,
    -- null where no visit is known: nobody is told that they were missed by a guess
    activity.last_session_at < {{ days_before(7) }} as is_away,
    activity.opened_mail_count_in_7_days,
    activity.opened_mail_count_in_14_days,
    activity.delivered_mail_count_in_30_days,
    activity.open_share_in_30_days,
    activity.clicked_link_count_in_30_days,
    activity.last_open_at,
    activity.last_click_at,
    activity.last_login_at,
    activity.loyalty_tier,
    activity.loyalty_status,
    activity.loyalty_points,
    declared.declared_category,
    declared.declared_frequency,
    declared.preferences_json,
    affinities.category as affinity_category,
    affinities.affinity_share,
    scores.rfm_group,
    stages.lifecycle_stage,
    engagement.engagement_score,
    engagement.engagement_trend,
    send_hours.send_hour
from {{ ref("activity_facts") }} as activity
inner join {{ ref("profiles") }} as profiles using (profile_id)
inner join {{ ref("profile_time_zones") }} as zones using (profile_id)
left join ages using (profile_id)
left join
    {{ ref("age_bands") }} as age_bands
    on ages.age between age_bands.age_from and age_bands.age_to
left join
    {{ ref("int_profile_areas") }} as areas
    on areas.profile_id = activity.profile_id
    and areas.recommender = 'popular_in_region'
left join
    {{ ref("last_purchases") }} as purchases
    on purchases.profile_id = activity.profile_id
left join {{ ref("last_views") }} as views on views.profile_id = activity.profile_id
left join {{ ref("products") }} as viewed on viewed.sku = views.sku
left join
    repeated on repeated.profile_id = activity.profile_id and repeated.lastness = 1
left join {{ ref("products") }} as repeatedly on repeatedly.sku = repeated.sku
left join {{ ref("carts") }} as carts on carts.profile_id = activity.profile_id
left join declared on declared.profile_id = activity.profile_id
left join
    {{ ref("category_affinities") }} as affinities
    on affinities.profile_id = activity.profile_id
    and affinities.affinity_rank = 1
left join {{ ref("rfm_scores") }} as scores on scores.profile_id = activity.profile_id
left join
    {{ ref("lifecycle_stages") }} as stages on stages.profile_id = activity.profile_id
left join
    {{ ref("engagement_scores") }} as engagement
    on engagement.profile_id = activity.profile_id
left join
    {{ ref("send_hours") }} as send_hours on send_hours.profile_id = activity.profile_id
