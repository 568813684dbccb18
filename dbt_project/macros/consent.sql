{# Whether a person may be profiled: has not refused personalisation by the night. #}
{% macro may_be_profiled(profile_id) -%}
    not exists (
        select 1
        from {{ ref("int_personalisation_refused") }} as refusals
        where refusals.profile_id = {{ profile_id }}
    )
{%- endmacro %}
