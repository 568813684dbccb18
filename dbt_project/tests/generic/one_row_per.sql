{# A model's grain as a test, where its key has several columns. A returned row is a key
   that occurs twice, or that is empty in one of its parts. #}
{% test one_row_per(model, columns) %}
    select {{ columns | join(", ") }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(", ") }}
    having count(*) > 1 {% for column in columns %} or {{ column }} is null {% endfor %}
{% endtest %}
