-- Grain: one row per person and tag that holds tonight. What a tag means, whose it is
-- and when it expires stands in seeds/reference/tag_vocabulary.csv; its rule stands
-- here. A tag rests on deeds: `since_at` is the first of them, `evidence_at` the last,
-- and it expires so many days after that. Whoever has a tag has the one above it.
with
    orders as (
        select
            profile_id,
            count(*) as order_count,
            count(case when discount_amount is not null then 1 end) as told_count,
            count(case when discount_amount > 0 then 1 end) as discount_count,
            min(ordered_at) as first_at,
            max(ordered_at) as last_at
        from {{ ref("orders") }}
        where
            is_kept and profile_id is not null and ordered_at >= {{ days_before(365) }}
        group by profile_id
    ),

    found as (
        select
            scores.profile_id,
            'high_spender' as tag,
            cast(null as string) as tag_value,
            activity.first_ordered_at as since_at,
            activity.last_ordered_at as evidence_at
        from {{ ref("rfm_scores") }} as scores
        inner join {{ ref("activity_facts") }} as activity using (profile_id)
        where scores.monetary_score = 5 and activity.order_count >= 2
        union all
        select profile_id, 'frequent_buyer' as tag, null as tag_value, first_at, last_at
        from orders
        where order_count >= 3
        union all
        select
            profile_id,
            'preferred_category' as tag,
            category,
            first_deed_at,
            last_deed_at
        from {{ ref("category_affinities") }}
        where affinity_rank = 1 and affinity_share >= 0.4 and deed_count >= 3
        union all
        select
            profile_id, 'discount_seeker' as tag, null as tag_value, first_at, last_at
        from orders
        where told_count >= 2 and 2 * discount_count >= told_count
        union all
        select
            profile_id, 'full_price_buyer' as tag, null as tag_value, first_at, last_at
        from orders
        where told_count >= 2 and discount_count = 0
        union all
        select
            activity.profile_id,
            concat('loyalty_', activity.loyalty_status) as tag,
            activity.loyalty_tier as tag_value,
            min(accounts.joined_at) as since_at,
            max(coalesce(accounts.last_movement_at, accounts.joined_at)) as evidence_at
        from {{ ref("activity_facts") }} as activity
        inner join {{ ref("loyalty_accounts") }} as accounts using (profile_id)
        where activity.loyalty_status is not null
        group by activity.profile_id, activity.loyalty_status, activity.loyalty_tier
        union all
        select profile_id, tag, tag_value, first_at, last_at
        from {{ ref("profile_habits") }}
    ),

    -- a tag brings the one above it; of several below, the widest time counts
    raised as (
        select profile_id, tag, tag_value, since_at, evidence_at
        from found
        union all
        select
            found.profile_id,
            vocabulary.parent_tag as tag,
            max(found.tag_value) as tag_value,
            min(found.since_at) as since_at,
            max(found.evidence_at) as evidence_at
        from found
        inner join {{ ref("tag_vocabulary") }} as vocabulary using (tag)
        where vocabulary.parent_tag <> 'none'
        group by found.profile_id, vocabulary.parent_tag
    )

select
    concat(raised.profile_id, '/', raised.tag) as profile_tag_id,
    raised.profile_id,
    raised.tag,
    case
        when vocabulary.parent_tag <> 'none' then vocabulary.parent_tag
    end as parent_tag,
    raised.tag_value,
    raised.since_at,
    raised.evidence_at,
    case
        when vocabulary.expires_after_days > 0
        then raised.evidence_at + vocabulary.expires_after_days * interval '24' hour
    end as expires_at
from raised
inner join {{ ref("tag_vocabulary") }} as vocabulary using (tag)
where
    {{ may_be_profiled("raised.profile_id") }}
    and (
        vocabulary.expires_after_days = 0
        or raised.evidence_at + vocabulary.expires_after_days * interval '24' hour
        > {{ as_of_at() }}
    )
