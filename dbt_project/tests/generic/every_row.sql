{# An arithmetic truth about every single row. A returned row breaks it; a condition that
   is unknown because a value is missing counts as broken. #}
{% test every_row(model, has, column_name=none) %}
    select * from {{ model }} where not coalesce({{ has }}, false)
{% endtest %}
