{# What kind of identifier a vendor's own record id is: `crm` for the vendors that
   `crm_sources` lists, `customer` for every other. #}
{% macro record_identifier_type(source) -%}
    case
        when {{ source }} in ('{{ var("crm_sources") | join("', '") }}')
        then 'crm'
        else 'customer'
    end
{%- endmacro %}
