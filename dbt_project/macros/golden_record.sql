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

{# Whether a first name is nobody's, whatever its case: a form of address (`Mr`, `Prof.
   Dr.`), a desk (`info`) or a word for nothing. A name that has one in it, such as `Miss
   Ana`, is shown as it was given; Test, Na and Null are names of people. #}
{% macro is_no_first_name(name) -%}
    {%- set forms_of_address = (
        "mr|mrs|ms|miss|mx|mister|missus|dr|doctor|prof|professor|sir|madam|rev"
        ~ "|herr|frau|fraulein|hr|fr|familie|family|fam"
        ~ "|mme|mlle|monsieur|madame|mademoiselle"
        ~ "|sr|sra|srta|senor|senora|senorita|sig|sigra|signor|signora"
        ~ "|dhr|mevr|mevrouw|meneer|and|und"
    ) -%}
    {%- set desks = (
        "info|admin|administrator|sales|support|service|contact|office|team|shop|store"
        ~ "|webmaster|postmaster|marketing|newsletter|accounts|accounting|billing"
        ~ "|hello|mail|email|no[- ]?reply|reception|purchasing|orders"
    ) -%}
    {%- set nobodies = (
        "guest|customer|client|kunde|kundin|gast|user|owner|member|subscriber"
        ~ "|anonymous|unknown|none|no ?name|name|first ?name|vorname|prenom|company|firma"
    ) -%}
    {{
        matches(
            "lower(" ~ without_accents(name) ~ ")",
            "^((("
            ~ forms_of_address
            ~ ")([. &/,+]+|$))+|"
            ~ desks
            ~ "|"
            ~ nobodies
            ~ ")$",
        )
    }}
{%- endmacro %}

{# Whether a name was written in capitals only or in small letters only, as by a machine
   or in haste. A script without capitals has one way to write it. #}
{% macro is_in_one_case(name) -%}
    lower({{ name }}) <> upper({{ name }})
    and ({{ name }} = lower({{ name }}) or {{ name }} = upper({{ name }}))
{%- endmacro %}
