-- Grain: one row per file content that the night may know.
select
    file_id,
    min(source) as source,
    min(table_name) as table_name,
    min(export_date) as export_date,
    min(known_from) as known_from_date
from {{ source("nightpost", "arrivals") }}
group by file_id
