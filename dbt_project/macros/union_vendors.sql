{# One shape for every vendor. `vendors` maps a vendor to its staging model, or to a list of
   them, `columns` a column to its type; a column that a vendor's models lack is listed in
   `missing`. A vendor that is switched off is left out; with none left, the relation is
   empty.
   Addresses, phones and countries come out as they were judged, for all vendors alike:
   `email` in its canonical spelling, `phone` as +<country><number> or null,
   `country_code` as ISO 3166-1 alpha-2 or null. #}
{% macro union_vendors(vendors, columns, missing={}) -%}
    {%- set parts = [] -%}
    {%- for vendor, models in vendors.items() if var("use_" ~ vendor) -%}
        {%- set lacking = missing.get(vendor, []) -%}
        {%- set fields = ["'" ~ vendor ~ "' as source"] -%}
        {%- for column, type in columns.items() -%}
            {%- set value = "null" if column in lacking else judged(column) -%}
            {%- do fields.append("cast(" ~ value ~ " as " ~ type ~ ") as " ~ column) -%}
        {%- endfor -%}
        {%- set kept = columns | reject("in", lacking) | list -%}
        {%- for model in ([models] if models is string else models) -%}
            {%- do parts.append(
                "select " ~ fields
                | join(", ")
                ~ " from "
                ~ ref(model)
                ~ " as records "
                ~ judgements(model, kept)
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if not parts -%}
        {%- set fields = ["cast(null as string) as source"] -%}
        {%- for column, type in columns.items() -%}
            {%- do fields.append("cast(null as " ~ type ~ ") as " ~ column) -%}
        {%- endfor -%}
        {%- do parts.append("select " ~ fields | join(", ") ~ " where false") -%}
    {%- endif -%}
    {{ parts | join(" union all ") }}
{%- endmacro %}

{# A column's value. An address that is none stays, so that no opt-out of it is lost; it
   ties nobody and is nobody's address to write to (`int_emails_judged`). #}
{% macro judged(column) -%}
    {%- if column == "email" -%} coalesce(emails.email, records.email)
    {%- elif column == "phone" -%} phones.phone
    {%- elif column == "country_code" -%} countries.country_code
    {%- else -%} records.{{ column }}
    {%- endif -%}
{%- endmacro %}

{# The joins that judged() needs. A phone was judged with the country beside it, which
   the staging model's yml names (`holds: phone`, `country: …`). #}
{% macro judgements(model, columns) -%}
    {%- if "email" in columns %}
        left join
            {{ ref("stg_cleaned__emails") }} as emails
            on emails.email_text = records.email
    {%- endif -%}
    {%- if "phone" in columns %}
            {%- set node = {} -%}
            {%- if execute -%}
                {%- set node = graph.get("nodes", {}).get(
                    "model." ~ project_name ~ "." ~ model, {}
                ) -%}
            {%- endif -%}
            {%- set country = (
                node.get("columns", {})
                .get("phone", {})
                .get("config", {})
                .get("meta", {})
                .get("country")
            ) %}
        left join
            {{ ref("stg_cleaned__phones") }} as phones
            on phones.phone_text = records.phone
            and phones.country_text
            = {{ "coalesce(records." ~ country ~ ", '')" if country else "''" }}
    {%- endif -%}
    {%- if "country_code" in columns %}
        left join
            {{ ref("countries") }} as countries
            on lower(countries.country_name) = lower(records.country_code)
    {%- endif -%}
{%- endmacro %}
