-- Grain: one row per row that nobody could load, of a table that can say no, and
-- contact point that it names: of a row that was refused, and of every row of a file
-- that is held back. In doubt it says no; what clearly says something else, by the
-- words of its source, is left out.
with refused as (select * from {{ refused_rows_in_doubt() }} as rows_in_doubt)

select
    refused.source,
    refused.table_name,
    statements.record_key,
    statements.kind,
    statements.is_refusal,
    statements.email,
    statements.phone,
    statements.said_at,
    statements.export_date,
    statements.file_id,
    statements.row_number
from ({{ unreadable_opt_outs("refused", "") }}) as statements
inner join
    (select distinct source, table_name, file_id from refused) as refused using (
        file_id
    )
