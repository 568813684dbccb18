-- Grain: one row per row that nobody could load, of a table that can say no and that
-- names no address, and cell of it that may be a record's id. In doubt it says no for
-- whoever that record is.
with
    cells as (
        select
            source,
            table_name,
            {{ explode_text(replace_all("named", "[,;:|{}<>\"'' ]+", ";"), ";") }}
            as record_key,
            export_date,
            file_id,
            row_number
        from {{ refused_rows_in_doubt() }} as rows_in_doubt
        -- an @ alone, as in a link or a subject, is no address
        where
            not {{
                matches(
                    "concat(" ~ contacts_in("named") ~ ", ';')",
                    "@[^;@]+[.][^;@.]{2,63};",
                )
            }}
    )

select distinct source, table_name, record_key, export_date, file_id, row_number
from cells
where {{ matches("record_key", "^[A-Za-z0-9_-]{1,64}$") }}
