{# The fields of the golden record that records compete for, with their types. Each has a
   row in seeds/reference/survivorship.csv. #}
{% macro golden_fields() -%}
    {{
        return(
            {
                "first_name": "string",
                "last_name": "string",
                "gender": "string",
                "language": "string",
                "city": "string",
                "region": "string",
                "postal_code": "string",
                "country_code": "string",
                "time_zone": "string",
                "crm_stage": "string",
                "phone": "string",
                "birth_date": "date",
                "created_at": timestamp_type(),
            }
        )
    }}
{%- endmacro %}

{# What kind of source a vendor is, as the source order of a field may name it. #}
{% macro source_kind(source) -%}
    case
        when {{ record_identifier_type(source) }} = 'crm'
        then 'crm'
        when {{ source }} in ('shopify', 'woocommerce', 'magento', 'generic')
        then 'shop'
        else 'other'
    end
{%- endmacro %}

{# Whether a name is only how names begin: `L.`, `J. R.`; a name of one Chinese character
   is a whole one. #}
{% macro is_initial(name) -%}
    {{
        matches(
            "lower(" ~ without_accents(name) ~ ")",
            "^[a-zа-яα-ω]([. ]+[a-zа-яα-ω])*[. ]*$",
        )
    }}
{%- endmacro %}
