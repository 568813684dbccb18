{# Engine differences about JSON, maps and lists. #}
{# GA4's `[{key, value: {string_value | int_value | …}}]`, read once; take one key's text
   out of it with value_of(). #}
{% macro key_values(json) -%}
    {{ adapter.dispatch("key_values", "nightpost")(json) }}
{%- endmacro %}

{% macro duckdb__key_values(json) -%}
    /* engine */
    case
        when json_valid({{ json }})
        then
            from_json(
                {{ json }},
                '[{"key": "VARCHAR", "value": {"string_value": "VARCHAR",
            "int_value": "VARCHAR", "float_value": "VARCHAR", "double_value": "VARCHAR"}}]'
            )
    end  /* portable */
{%- endmacro %}

{% macro spark__key_values(json) -%}
    /* engine */
    from_json({{ json }}, 'array<struct<key: string, value: struct<
        string_value: string, int_value: string, float_value: string,
        double_value: string>>>')  /* portable */
{%- endmacro %}

{% macro value_of(key_values, key) -%}
    {{ adapter.dispatch("value_of", "nightpost")(key_values, key) }}
{%- endmacro %}

{% macro duckdb__value_of(key_values, key) -%}
    /* engine */
    list_transform(
        list_filter({{ key_values }}, lambda pair:pair.key = '{{ key }}'),
        lambda pair:coalesce(
            pair.value.string_value,
            pair.value.int_value,
            pair.value.float_value,
            pair.value.double_value
        )
    )[1]  /* portable */
{%- endmacro %}

{% macro spark__value_of(key_values, key) -%}
    /* engine */
    try_element_at(
        transform(
            filter({{ key_values }}, pair -> pair.key = '{{ key }}'),
            pair -> coalesce(
                pair.value.string_value,
                pair.value.int_value,
                pair.value.float_value,
                pair.value.double_value
            )
        ),
        1
    )  /* portable */
{%- endmacro %}

{# The text at a path such as `$.web_info.browser`; null where there is none. #}
{% macro json_text(json, path) -%}
    {{ adapter.dispatch("json_text", "nightpost")(json, path) }}
{%- endmacro %}

{% macro duckdb__json_text(json, path) -%}
    /* engine */
    case
        when json_valid({{ json }}) then json_extract_string({{ json }}, '{{ path }}')
    end  /* portable */
{%- endmacro %}

{% macro spark__json_text(json, path) -%}
    /* engine */
    get_json_object({{ json }}, '{{ path }}')  /* portable */
{%- endmacro %}

{# One row per element of a JSON array, as JSON text, in a select list. #}
{% macro explode_json(json) -%}
    {{ adapter.dispatch("explode_json", "nightpost")(json) }}
{%- endmacro %}

{% macro duckdb__explode_json(json) -%}
    /* engine */
    unnest(
        case
            when json_valid({{ json }})
            then cast(from_json({{ json }}, '["JSON"]') as varchar[])
        end
    )  /* portable */
{%- endmacro %}

{% macro spark__explode_json(json) -%}
    /* engine */
    explode(from_json({{ json }}, 'array<string>'))  /* portable */
{%- endmacro %}

{# The group's rows as one JSON array of objects, in the order given. `fields` maps a
   JSON key to a column; `order` is a list of columns, ascending. #}
{% macro json_rows(fields, order) -%}
    {{ adapter.dispatch("json_rows", "nightpost")(fields, order) }}
{%- endmacro %}

{% macro duckdb__json_rows(fields, order) -%}
    {%- set pairs = [] -%}
    {%- for key, column in fields.items() -%}
        {%- do pairs.append(key ~ " := " ~ column) -%}
    {%- endfor -%}
    /* engine */
    cast(
        to_json(
            list(
                struct_pack({{ pairs | join(", ") }}) order by {{ order | join(", ") }}
            )
        ) as varchar
    )  /* portable */
{%- endmacro %}

{% macro spark__json_rows(fields, order) -%}
    {%- set pairs = [] -%}
    {%- for key, column in fields.items() -%}
        {%- do pairs.append("'" ~ key ~ "', " ~ column) -%}
    {%- endfor -%}
    /* engine */
    to_json(
        transform(
            array_sort(
                array_agg(
                    named_struct(
                        'sort_key',
                        struct({{ order | join(", ") }}),
                        'value',
                        named_struct({{ pairs | join(", ") }})
                    )
                )
            ),
            entry -> entry.value
        ),
        map('ignoreNullFields', 'false')
    )  /* portable */
{%- endmacro %}
