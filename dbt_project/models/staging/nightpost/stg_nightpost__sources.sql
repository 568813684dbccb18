-- Grain: one row per table of a source: what the night knows of its arrivals.
select
    sources.source,
    sources.table_name,
    sources.delivery,
    sources.max_age_days,
    sources.newest_export_date,
    coalesce(
        sources.newest_export_date + cast(sources.max_age_days as integer)
        >= {{ as_of_date() }},
        false
    ) as is_fresh
from {{ source("nightpost", "sources") }} as sources
