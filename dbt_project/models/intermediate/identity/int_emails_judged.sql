-- Grain: one row per address that mail can reach, in its canonical spelling. What is
-- not listed here ties nobody and is never written to.
select
    email,
    max(case when is_role then 1 else 0 end) = 1 as is_role,
    max(case when is_disposable then 1 else 0 end) = 1 as is_disposable
from {{ ref("stg_cleaned__emails") }}
where is_valid
group by email
