{# What kind of identifier a vendor's own record id is: `crm` for the vendors that
   `crm_sources` lists, `customer` for every other. #}
{% macro record_identifier_type(source) -%}
    case
        when {{ source }} in ('{{ var("crm_sources") | join("', '") }}')
        then 'crm'
        else 'customer'
    end
{%- endmacro %}

{# Whose records a source's ids are: its own, or those of the shop that the website names. #}
{% macro record_source(source) -%}
    case
        when {{ source }} = 'segment'
        then '{{ var("web_user_ids_are_customers_of") }}'
        else {{ source }}
    end
{%- endmacro %}

{# What a CRM lists in one cell of a record, one row each; every delivered version of the
   record counts, because a merge is not undone by a column that is left out. #}
{% macro listed_in_cell(source_name, table_name, record_key, cell) -%}
    select
        trim({{ record_key }}) as record_key,
        {{ explode_text("replace(" ~ cell ~ ", ',', ';')", ";") }} as listed,
        _export_date as export_date
    from {{ readable_rows(source_name, table_name) }}
    where nullif(trim({{ cell }}), '') is not null
{%- endmacro %}

{# The records that were merged into another, from `listed`; some CRMs write when behind
   the id: `301:1612345678`. #}
{% macro merged_records(listed) -%}
    select
        record_key,
        {{ read_identifier("split_part(listed, ':', 1)") }} as merged_key,
        min(export_date) as known_from_date
    from ({{ listed }}) as cells
    where
        {{ read_identifier("split_part(listed, ':', 1)") }} is not null
        and {{ read_identifier("split_part(listed, ':', 1)") }} <> record_key
    group by record_key, {{ read_identifier("split_part(listed, ':', 1)") }}
{%- endmacro %}

{# The further addresses of a record, from `listed`. #}
{% macro additional_addresses(listed) -%}
    select
        record_key,
        {{ clean_email("listed") }} as email,
        min(export_date) as known_from_date
    from ({{ listed }}) as cells
    where {{ clean_email("listed") }} is not null
    group by record_key, {{ clean_email("listed") }}
{%- endmacro %}
