-- Grain: one row per segment that is evaluated tonight.
with
    tonight as (
        {% for segment in tonights_segments() %}
            select
                '{{ segment.slug }}' as segment,
                {{ segment.priority }} as priority
                {{ "union all" if not loop.last }}
        {% else %}select cast(null as string) as segment, 0 as priority where false
        {% endfor %}
    )

select segment, priority
from tonight
