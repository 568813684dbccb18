{# Engine differences about the list of columns. #}
{# All columns of a relation, those in `changes` (quoted name: expression) computed anew. #}
{% macro select_replacing(relation, changes) -%}
    {{ adapter.dispatch("select_replacing", "nightpost")(relation, changes) }}
{%- endmacro %}

{% macro duckdb__select_replacing(relation, changes) -%}
    /* engine */
    select
        * replace (
            {% for column, value in changes.items() -%}
                {{ value }} as {{ column }} {{ "," if not loop.last }}
            {%- endfor %}
        )
    from {{ relation }}  /* portable */
{%- endmacro %}

{% macro spark__select_replacing(relation, changes) -%}
    /* engine */
    select
        * except ({{ changes.keys() | join(", ") }}),
        {% for column, value in changes.items() -%}
            {{ value }} as {{ column }} {{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }}  /* portable */
{%- endmacro %}
