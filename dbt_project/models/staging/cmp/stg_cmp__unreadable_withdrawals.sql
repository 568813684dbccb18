-- Grain: one row per address or phone with a receipt that its contract rejects and that
-- is no clear yes to everything in it. We do not know when or for what it was, so it
-- holds from tonight on.
with
    unreadable as (
        select
            {{ clean_email('"dataSubjectIdentifier"') }} as email,
            {{ clean_phone('"dataSubjectIdentifier"') }} as phone,
            purposes,
            coalesce(
                {{ read_boolean('"unsubscribeAll"') }},
                {{ read_text('"unsubscribeAll"') }} is not null
            ) as is_unsubscribed
        from {{ canonical_rows("cmp", "receipts") }}
        where
            ({{ rejection_reason("cmp", "receipts") }}) is not null
            and {{ read_contact_point('"dataSubjectIdentifier"') }} is not null
    ),

    answers as (
        select email, phone, {{ explode_json("purposes") }} as purpose_json
        from unreadable
    )

select email, phone
from answers
where
    coalesce(upper({{ json_text("purpose_json", "$.transactionType") }}), '')
    not in ('CONFIRMED', 'OPT_IN', 'EXTEND', 'CHANGE_PREFERENCES')
union
select email, phone
from unreadable
where is_unsubscribed or {{ read_json_list("purposes") }} is null
