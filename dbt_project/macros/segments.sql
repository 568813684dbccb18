{# Tonight's segments in priority order: the list in dbt_project.yml without those that
   the run holds back because their SQL or their data test failed. Read when a model is
   compiled, so that the dependencies stay whole. #}
{% macro tonights_segments() -%}
    {%- set held = (
        env_var("NIGHTPOST_HELD_SEGMENTS", "").split(",") if execute else []
    ) -%}
    {%- set tonight = [] -%}
    {%- for model in var("segment_priority") if model not in held -%}
        {%- do tonight.append(
            {"model": model, "slug": model[4:], "priority": loop.index}
        ) -%}
    {%- endfor -%}
    {{ return(tonight) }}
{%- endmacro %}
