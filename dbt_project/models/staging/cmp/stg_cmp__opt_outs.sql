-- Grain: one row per receipt that its contract rejects, or whose person cannot be read,
-- and that is no clear yes to everything in it, and contact point that it names. We do
-- not know when or for what it was.
with
    unreadable as (
        select
            "dataSubjectIdentifier" as named,
            purposes,
            coalesce(
                {{ read_boolean('"unsubscribeAll"') }},
                {{ read_text('"unsubscribeAll"') }} is not null
            ) as is_unsubscribed,
            {{ lineage() }}
        from {{ canonical_rows("cmp", "receipts") }}
        where
            ({{ rejection_reason("cmp", "receipts") }}) is not null
            -- two addresses in a cell, or one that is none: not nobody's, as an id is
            or {{ read_contact_point('"dataSubjectIdentifier"') }} is null
            and contains("dataSubjectIdentifier", '@')
    ),

    answers as (
        select *, {{ explode_json("purposes") }} as purpose_json from unreadable
    ),

    noes as (
        select named, export_date, file_id, row_number
        from answers
        where
            coalesce(upper({{ json_text("purpose_json", "$.transactionType") }}), '')
            not in ('CONFIRMED', 'OPT_IN', 'EXTEND', 'CHANGE_PREFERENCES')
        union
        select named, export_date, file_id, row_number
        from unreadable
        where is_unsubscribed or {{ read_json_list("purposes") }} is null
    )

    {{ unreadable_opt_outs("noes", "receipts") }}
