{# One shape for every vendor. `vendors` maps a vendor to its staging model, or to a list of
   them, `columns` a column to its type; a column that a vendor's models lack is listed in
   `missing`. A vendor that is switched off is left out; with none left, the relation is
   empty. #}
{% macro union_vendors(vendors, columns, missing={}) -%}
    {%- set parts = [] -%}
    {%- for vendor, models in vendors.items() if var("use_" ~ vendor) -%}
        {%- set fields = ["'" ~ vendor ~ "' as source"] -%}
        {%- for column, type in columns.items() -%}
            {%- set value = "null" if column in missing.get(vendor, []) else column -%}
            {%- do fields.append("cast(" ~ value ~ " as " ~ type ~ ") as " ~ column) -%}
        {%- endfor -%}
        {%- for model in ([models] if models is string else models) -%}
            {%- do parts.append(
                "select " ~ fields | join(", ") ~ " from " ~ ref(model)
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
