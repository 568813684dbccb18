{# One shape for every vendor. `vendors` maps a vendor to its staging model, or to a list of
   them, `columns` a column to its type; a column that a vendor's models lack is listed in
   `missing`. A vendor that is switched off is left out; with none left, the relation is
   empty.
   Values come out as they were judged, for all vendors alike: `email` in its canonical
   spelling, `phone` as +<country><number> or null, `country_code` as ISO 3166-1 alpha-2 or
   null, `region` in the one spelling that seeds/reference/regions.csv shows, `currency` as
   the reporting currency where none is named, names and texts as people read them. #}
{% macro union_vendors(vendors, columns, missing={}) -%}
    {%- set parts = [] -%}
    {%- for vendor, models in vendors.items() if var("use_" ~ vendor) -%}
        {%- set lacking = missing.get(vendor, []) -%}
        {%- set kept = columns | reject("in", lacking) | list -%}
        {%- set fields = ["'" ~ vendor ~ "' as source"] -%}
        {%- for column, type in columns.items() -%}
            {%- set value = judged(column, kept) if column in kept else "null" -%}
            {%- do fields.append("cast(" ~ value ~ " as " ~ type ~ ") as " ~ column) -%}
        {%- endfor -%}
        {%- for model in ([models] if models is string else models) -%}
            {%- do parts.append(
                "select " ~ fields
                | join(", ")
                ~ " from "
                ~ keyed(model, kept)
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

{# A vendor's records. What a join compares is made here: Spark takes no function of Java
   in a join's condition. #}
{% macro keyed(model, columns) -%}
    {%- if "region" in columns and "country_code" in columns -%}
        (
            select *, {{ place_key(html_decoded("region")) }} as region_key
            from {{ ref(model) }}
        )
    {%- else -%} {{ ref(model) }}
    {%- endif -%}
{%- endmacro %}

{# A column's value. An address that is none stays, so that no opt-out of it is lost; it
   ties nobody and is nobody's address to write to (`int_emails_judged`). #}
{% macro judged(column, columns) -%}
    {%- if column == "email" -%} coalesce(emails.email, records.email)
    {%- elif column == "phone" -%} phones.phone
    {%- elif column == "country_code" -%} countries.country_code
    {%- elif column == "currency" -%}
        {%- set code = "upper(trim(records.currency))" %}
        case
            when
                coalesce({{ code }}, '')
                in ('', '-', 'NULL', 'NONE', 'N/A', 'NAN', 'UNKNOWN')
            then '{{ var("reporting_currency") }}'
            when {{ code }} = '£'
            then 'GBP'
            when {{ code }} = '€'
            then 'EUR'
            else {{ code }}
        end
    {%- elif column == "region" and "country_code" in columns -%}
        coalesce(regions.shown_as, {{ html_decoded("records.region") }})
    {%- elif column == "first_name" -%}
        {{ named("records.first_name", "records.last_name") }}
    {%- elif column == "last_name" -%}
        {{ named("records.last_name", "records.first_name") }}
    {%- elif column == "billing_name" -%} {{ named_in_full("records.billing_name") }}
    {%- elif column in texts_for_people() -%} {{ html_decoded("records." ~ column) }}
    {%- else -%} records.{{ column }}
    {%- endif -%}
{%- endmacro %}

{# Columns that a shop or a CRM may have written for a page, as HTML. Ids, addresses of
   mail and the web, codes and what machines compare are taken as they are written. #}
{% macro texts_for_people() -%}
    {{
        return(
            [
                "first_name",
                "last_name",
                "billing_name",
                "street",
                "city",
                "region",
                "product_name",
                "category",
                "brand",
                "tags",
                "description",
                "search_term",
                "preference_value",
            ]
        )
    }}
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
    {%- if "region" in columns and "country_code" in columns %}
        left join
            (
                select
                    country_code, {{ place_key("region_name") }} as region_key, shown_as
                from {{ ref("regions") }}
                union
                -- as ISO 3166-2 writes it, DE-NW
                select
                    country_code,
                    {{ place_key("concat(country_code, region_name)") }},
                    shown_as
                from {{ ref("regions") }}
            ) as regions
            on regions.country_code = countries.country_code
            and regions.region_key = records.region_key
    {%- endif -%}
{%- endmacro %}
