-- Grain: one row per fact of profile_facts: whether it is core, advanced or predictive,
-- as its yml says, and for which share of the people it is known tonight.
{%- set columns = (
    graph.nodes["model." ~ project_name ~ ".profile_facts"].columns
    if execute
    else {}
) %}
with
    counted as (
        select
            count(*) as people
            {% for name, column in columns.items() if column.config.meta.maturity %}
                , count({{ name }}) as {{ name }}
            {% endfor %}
        from {{ ref("profile_facts") }}
    ),

    facts as (
        {% for name, column in columns.items() if column.config.meta.maturity %}
            select
                '{{ name }}' as fact,
                '{{ column.config.meta.maturity }}' as maturity,
                people as profile_count,
                {{ name }} as filled_count
            from counted {{ "union all" if not loop.last }}
        {% else %}
            select
                cast(null as string) as fact,
                cast(null as string) as maturity,
                people as profile_count,
                people as filled_count
            from counted
            where false
        {% endfor %}
    )

select
    fact,
    maturity,
    profile_count,
    filled_count,
    round(
        (cast(filled_count as double) / nullif(cast(profile_count as double), 0)) * 1e6
    )
    / 1e6 as filled_share
from facts
