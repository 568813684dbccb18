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

{# The texts at one key of all objects of a JSON array, with a comma between them. #}
{% macro json_texts(json, key) -%}
    {{ adapter.dispatch("json_texts", "nightpost")(json, key) }}
{%- endmacro %}

{% macro duckdb__json_texts(json, key) -%}
    /* engine */
    case
        when json_valid({{ json }})
        then
            nullif(
                array_to_string(
                    list_transform(
                        from_json({{ json }}, '["JSON"]'),
                        lambda one:json_extract_string(one, '$.{{ key }}')
                    ),
                    ', '
                ),
                ''
            )
    end  /* portable */
{%- endmacro %}

{% macro spark__json_texts(json, key) -%}
    /* engine */
    nullif(
        array_join(
            transform(
                from_json({{ json }}, 'array<string>'),
                one -> get_json_object(one, '$.{{ key }}')
            ),
            ', '
        ),
        ''
    )  /* portable */
{%- endmacro %}

{# The text at `value_key` of the first object of a JSON array whose `name_key` is `name`. #}
{% macro json_named_text(json, name_key, name, value_key) -%}
    {{
        adapter.dispatch("json_named_text", "nightpost")(
            json, name_key, name, value_key
        )
    }}
{%- endmacro %}

{% macro duckdb__json_named_text(json, name_key, name, value_key) -%}
    /* engine */
    case
        when json_valid({{ json }})
        then
            list_transform(
                list_filter(
                    from_json({{ json }}, '["JSON"]'),
                    lambda one:json_extract_string(one, '$.{{ name_key }}')
                    = '{{ name }}'
                ),
                lambda one:json_extract_string(one, '$.{{ value_key }}')
            )[1]
    end  /* portable */
{%- endmacro %}

{% macro spark__json_named_text(json, name_key, name, value_key) -%}
    /* engine */
    try_element_at(
        transform(
            filter(
                from_json({{ json }}, 'array<string>'),
                one -> get_json_object(one, '$.{{ name_key }}') = '{{ name }}'
            ),
            one -> get_json_object(one, '$.{{ value_key }}')
        ),
        1
    )  /* portable */
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
