-- Grain: one row per segment that is evaluated tonight.
-- Built after all segments, so that one which breaks can be left out.
-- {# every segment is named here, also one that is held back tonight #}
{% for model in var("segment_priority") %}
-- depends_on: {{ ref(model) }}
{% endfor %}
with
    tonight as (
        {% for segment in tonights_segments() %}
            select
                '{{ segment.slug }}' as segment,
                {{ segment.priority }} as priority,
                {{ segment.model not in var("segments_without_mail") }} as has_mail
                {{ "union all" if not loop.last }}
        {% else %}
            select cast(null as string) as segment, 0 as priority, false as has_mail
            where false

        {% endfor %}
    )

select segment, priority, has_mail
from tonight
