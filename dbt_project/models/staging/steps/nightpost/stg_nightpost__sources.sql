-- Grain: one row per table of a source: what the night knows of its arrivals.
-- A source that must arrive every day (max_age_days 0) is fresh only if no day is
-- missing since its first export, and no file of it is held back.
with
    arrivals as (
        select
            source,
            table_name,
            min(export_date) as first_export_date,
            count(distinct export_date) as export_days
        from {{ source("nightpost", "arrivals") }}
        group by source, table_name
    )

select
    sources.source,
    sources.table_name,
    sources.delivery,
    sources.max_age_days,
    sources.when_stale,
    sources.newest_export_date,
    sources.source in ('{{ var("consent_sources") | join("', '") }}')
    and sources.max_age_days = 0 as is_consent_source,
    coalesce(
        sources.newest_export_date + cast(sources.max_age_days as integer)
        >= {{ as_of_date() }}
        and (
            sources.max_age_days > 0
            or not coalesce(sources.has_held_files, false)
            and arrivals.first_export_date + cast(arrivals.export_days as integer)
            > sources.newest_export_date
        ),
        false
    ) as is_fresh,
    coalesce(sources.has_unknown_rows, false) as has_unknown_rows
from {{ source("nightpost", "sources") }} as sources
left join arrivals using (source, table_name)
