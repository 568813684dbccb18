-- Grain: one row per way to a recommendation: how often it spoke most tonight.
with
    listed as (
        select profile_id, recommender
        from {{ ref("recommendations") }}
        where place <= {{ var("recommendations") }}
    ),

    counted as (
        select
            recommender,
            count(distinct profile_id) as profile_count,
            count(*) as place_count
        from listed
        group by recommender
    ),

    totals as (select count(*) as place_count from listed)

select
    sources.recommender,
    sources.is_fallback,
    coalesce(counted.profile_count, 0) as profile_count,
    coalesce(counted.place_count, 0) as place_count,
    case
        when totals.place_count > 0
        then
            cast(
                coalesce(counted.place_count, 0)
                * 1.0
                / totals.place_count as decimal(18, 6)
            )
    end as place_share
from {{ ref("recommendation_sources") }} as sources
left join counted using (recommender)
cross join totals
