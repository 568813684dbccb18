-- Grain: one row per record of the CRM and address that it has from another: from a
-- record that was merged into it, or the lead that it was.
with
    addresses as (
        {% for table, master in {
            "contacts": '"MasterRecordId"',
            "leads": 'coalesce("MasterRecordId", "ConvertedContactId")',
        }.items() %}
            select
                trim({{ master }}) as record_key,
                {{ clean_email('"Email"') }} as email,
                _export_date as export_date
            from {{ readable_rows("salesforce", table) }}
            where
                nullif(trim({{ master }}), '') is not null
                -- a lead that was deleted for itself says nothing of a contact
                and (
                    nullif(trim("MasterRecordId"), '') is not null
                    or not coalesce({{ read_boolean('"IsDeleted"') }}, false)
                )
                {{ "union all" if not loop.last }}
        {% endfor %}
    )

select record_key, email, min(export_date) as known_from_date
from addresses
where email is not null
group by record_key, email
