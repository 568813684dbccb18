-- Grain: one row: tonight's search for probable links.
select
    model_id, record_count, pair_count, skipped_block_count, link_count, clerical_count
from {{ source("linked", "linkage_runs") }}
