-- A returned row is a person who may be profiled and has fewer recommendations than the
-- products that may be offered to them allow.
with
    offered as (
        select count(distinct product_key) as product_count
        from {{ ref("offered_products") }}
    ),

    owned as (
        select
            order_lines.profile_id, count(distinct products.product_key) as owned_count
        from {{ ref("order_lines") }} as order_lines
        inner join {{ ref("products") }} as products using (sku)
        inner join
            {{ ref("offered_products") }} as offered
            on offered.product_key = products.product_key
        where order_lines.is_kept and offered.is_one_time
        group by order_lines.profile_id
    ),

    listed as (
        select profile_id, count(*) as listed_count
        from {{ ref("recommendations") }}
        group by profile_id
    )

select profiles.profile_id, coalesce(listed.listed_count, 0) as listed_count
from {{ ref("profiles") }} as profiles
cross join offered
left join owned on owned.profile_id = profiles.profile_id
left join listed on listed.profile_id = profiles.profile_id
where
    {{ may_be_profiled("profiles.profile_id") }}
    and coalesce(listed.listed_count, 0) < least(
        {{ var("recommendations") }},
        offered.product_count - coalesce(owned.owned_count, 0)
    )
