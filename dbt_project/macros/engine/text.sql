{# Engine differences about text and hashing. #}
{% macro sha256(text) -%}
    {{ adapter.dispatch("sha256", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__sha256(text) -%}  /* engine */
    sha256({{ text }})  /* portable */
{%- endmacro %}

{% macro spark__sha256(text) -%}  /* engine */
    sha2({{ text }}, 256)  /* portable */
{%- endmacro %}

{% macro matches(text, pattern) -%}
    {{ adapter.dispatch("matches", "nightpost")(text, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    /* engine */
    regexp_matches({{ text }}, '{{ pattern }}')  /* portable */
{%- endmacro %}

{% macro spark__matches(text, pattern) -%}
    /* engine */
    ({{ text }} rlike '{{ pattern }}')  /* portable */
{%- endmacro %}

{% macro replace_all(text, pattern, replacement) -%}
    {{ adapter.dispatch("replace_all", "nightpost")(text, pattern, replacement) }}
{%- endmacro %}

{% macro duckdb__replace_all(text, pattern, replacement) -%}
    /* engine */
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')  /* portable */
{%- endmacro %}

{% macro spark__replace_all(text, pattern, replacement) -%}
    /* engine */
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')  /* portable */
{%- endmacro %}

{% macro without_accents(text) -%}
    {{ adapter.dispatch("without_accents", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__without_accents(text) -%}
    /* engine */
    strip_accents({{ text }})  /* portable */
{%- endmacro %}

{% macro spark__without_accents(text) -%}
    /* engine */
    translate(
        {{ text }},
        'ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖòóôõöÙÚÛÜùúûüÝýÿŠšŽž',
        'AAAAAAaaaaaaCcEEEEeeeeIIIIiiiiNnOOOOOoooooUUUUuuuuYyySsZz'
    )  /* portable */
{%- endmacro %}

{# The text with the part that matches rewritten; \1 is the pattern's first group. #}
{% macro rewrite(text, pattern, replacement) -%}
    {{ adapter.dispatch("rewrite", "nightpost")(text, pattern, replacement) }}
{%- endmacro %}

{% macro duckdb__rewrite(text, pattern, replacement) -%}
    /* engine */
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')  /* portable */
{%- endmacro %}

{% macro spark__rewrite(text, pattern, replacement) -%}
    /* engine */
    regexp_replace(
        {{ text }}, '{{ pattern }}', '{{ replacement | replace("\\", "$") }}'
    )  /* portable */
{%- endmacro %}
