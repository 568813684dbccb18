{# The fifth (1 lowest to 5 highest) that a value falls in, by the columns `<value>_1` to
   `<value>_4` that hold the upper edges; null without a value. #}
{% macro quintile(value) -%}
    case
        when {{ value }} is null
        then null
        {% for fifth in [1, 2, 3, 4] -%}
            when {{ value }} <= {{ value }}_{{ fifth }} then {{ fifth }}
        {% endfor -%}
        else 5
    end
{%- endmacro %}
