{# Whole days from one date to a later one. #}
{% macro whole_days_between(earlier, later) -%}
    {{ adapter.dispatch("whole_days_between", "nightpost")(earlier, later) }}
{%- endmacro %}

{% macro duckdb__whole_days_between(earlier, later) -%}
    /* engine */
    datediff('day', {{ earlier }}, {{ later }})  /* portable */
{%- endmacro %}

{% macro spark__whole_days_between(earlier, later) -%}
    /* engine */
    datediff({{ later }}, {{ earlier }})  /* portable */
{%- endmacro %}
