{# A table that profiles people holds nobody who has refused personalisation. A returned row
   is somebody who has. #}
{% test nobody_who_refused(model, column_name="profile_id") %}
    select refusals.profile_id
    from {{ ref("int_personalisation_refused") }} as refusals
    inner join {{ model }} as model on model.{{ column_name }} = refusals.profile_id
{% endtest %}
