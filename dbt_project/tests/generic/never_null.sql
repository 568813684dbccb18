{# The columns of a model that always have a value. A returned row lacks one. One query
   for all of them: a night is made of hundreds of tests. #}
{% test never_null(model, columns) %}
    select {{ columns | join(", ") }}
    from {{ model }}
    where
        {% for column in columns %}
            {{ column }} is null {{ "or" if not loop.last }}
        {% endfor %}
{% endtest %}
