{# A seed's rows on Spark: as literals, so that no number passes through a double on its
   way. #}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model["config"].get("column_types", {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for column in agate_table.column_names -%}
            {%- set type = types.get(
                column, adapter.convert_type(agate_table, loop.index0)
            ) -%}
            {%- do values.append(seed_literal(row[loop.index0], type)) -%}
        {%- endfor -%}
        {%- do rows.append("(" ~ values | join(", ") ~ ")") -%}
    {%- endfor -%}
    {%- set sql = "insert into " ~ this.render() ~ " values " ~ rows | join(", ") -%}
    {%- if rows -%}
        {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {%- endif -%}
    {{ return(sql) }}
{% endmacro %}

{% macro seed_literal(value, type) -%}
    {%- if value is none -%} cast(null as {{ type }})
    {%- else -%}
        {%- set backslash, quote = "\\", "'" -%}
        {%- set escaped = (
            value
            | string
            | replace(backslash, backslash ~ backslash)
            | replace(quote, backslash ~ quote)
        ) -%}
        cast('{{ escaped }}' as {{ type }})
    {%- endif -%}
{%- endmacro %}
