-- A returned row is a pair of scores without a group, or with several.
with
    fifths as (
        select 1 as score
        union all
        select 2 as score
        union all
        select 3 as score
        union all
        select 4 as score
        union all
        select 5 as score
    )

select recency.score as recency_score, frequency.score as frequency_score
from fifths as recency
cross join fifths as frequency
left join
    {{ ref("rfm_groups") }} as rfm_groups
    on recency.score between rfm_groups.recency_from and rfm_groups.recency_to
    and frequency.score between rfm_groups.frequency_from and rfm_groups.frequency_to
group by recency.score, frequency.score
having
    count(rfm_groups.rfm_group) <> 1
    -- an empty list (dbt build --empty) has no gaps
    and exists (select 1 from {{ ref("rfm_groups") }})
