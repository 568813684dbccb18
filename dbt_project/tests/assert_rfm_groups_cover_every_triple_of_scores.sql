-- A returned row is a triple of scores, 0 for a missing one, without a group, or one
-- that two groups of the same rank claim: the first match would be nobody's.
with
    scores as (
        select 1 as score
        union all
        select 2 as score
        union all
        select 3 as score
        union all
        select 4 as score
        union all
        select 5 as score
        union all
        select 0 as score
    ),

    triples as (
        select
            recency.score as recency_score,
            frequency.score as frequency_score,
            monetary.score as monetary_score,
            min(rfm_groups.group_rank) as first_rank,
            count(rfm_groups.group_rank) as match_count,
            count(distinct rfm_groups.group_rank) as rank_count
        from scores as recency
        cross join scores as frequency
        cross join scores as monetary
        left join
            {{ ref("rfm_groups") }} as rfm_groups
            on coalesce(recency.score, 0)
            between rfm_groups.recency_from and rfm_groups.recency_to
            and coalesce(frequency.score, 0)
            between rfm_groups.frequency_from and rfm_groups.frequency_to
            and coalesce(monetary.score, 0)
            between rfm_groups.monetary_from and rfm_groups.monetary_to
        group by recency.score, frequency.score, monetary.score
    )

select recency_score, frequency_score, monetary_score
from triples
where
    (first_rank is null or match_count <> rank_count)
    -- an empty list (dbt build --empty) has no gaps
    and exists (select 1 from {{ ref("rfm_groups") }})
