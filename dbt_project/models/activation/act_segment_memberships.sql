-- Grain: one row per segment and person in it tonight.
-- {# every segment is named here, also one that is held back tonight #}
{% for model in var("segment_priority") %}
-- depends_on: {{ ref(model) }}
{% endfor %}
with
    memberships as (
        {% for segment in tonights_segments() %}
            select '{{ segment.slug }}' as segment, profile_id
            from {{ ref(segment.model) }} {{ "union all" if not loop.last }}
        {% else %}
            select cast(null as string) as segment, cast(null as string) as profile_id
            where false
        {% endfor %}
    )

select concat(segment, '/', profile_id) as membership_id, segment, profile_id
from memberships
