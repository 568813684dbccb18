-- Grain: one row per kind of identifier and problem: how many distinct values have it.
with
    problems as (
        select 'email' as identifier_type, problem, is_valid as is_used
        from {{ ref("stg_cleaned__emails") }}
        where problem is not null
        union all
        select 'phone', problem, is_valid
        from {{ ref("stg_cleaned__phones") }}
        where problem is not null
    )

select identifier_type, problem, is_used, count(*) as value_count
from problems
group by identifier_type, problem, is_used
