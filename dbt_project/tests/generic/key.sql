{# A model's grain as a test, in one query: a night is made of hundreds of them. A returned
   row is a key that occurs twice or is empty in one of its parts, or a key of which another
   column that always has a value lacks it. #}
{% test key(model, columns, never_null=[]) %}
    select {{ columns | join(", ") }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(", ") }}
    having
        count(*) > 1
        {% for column in columns %} or {{ column }} is null {% endfor %}
        {% for column in never_null %} or count({{ column }}) < count(*) {% endfor %}
{% endtest %}
