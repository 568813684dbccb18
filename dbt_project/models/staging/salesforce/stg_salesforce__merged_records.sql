-- Grain: one row per record of the CRM and one that was merged into it. The merged one
-- is deleted and names its master.
{% for table in ["contacts", "leads"] %}
    select
        trim("MasterRecordId") as record_key,
        trim("Id") as merged_key,
        min(_export_date) as known_from_date
    from {{ readable_rows("salesforce", table) }}
    where nullif(trim("MasterRecordId"), '') is not null
    group by trim("MasterRecordId"), trim("Id") {{ "union all" if not loop.last }}
{% endfor %}
