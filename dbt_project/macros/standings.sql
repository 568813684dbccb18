{# The CTE `previous`: what each person's newest change before tonight says, `value`. #}
{% macro newest_standing(changes) -%}
    ranked_changes as (
        select
            profile_id,
            value,
            row_number() over (
                partition by profile_id order by night desc nulls last
            ) as newness
        from {{ ref(changes) }}
    ),

    previous as (select profile_id, value from ranked_changes where newness = 1)
{%- endmacro %}
