{# The night's clock, read from the one-row model run_context. "Within N hours" is the
   half-open window [as_of_at - N hours, as_of_at): its lower end belongs to it. #}
{% macro as_of_date() -%}
    (select run_context.as_of_date from {{ ref("run_context") }} as run_context)
{%- endmacro %}

{% macro as_of_at() -%}
    (select run_context.as_of_at from {{ ref("run_context") }} as run_context)
{%- endmacro %}

{% macro hours_before(hours) -%}
    (
        select run_context.as_of_at - interval '{{ hours }}' hour
        from {{ ref("run_context") }} as run_context
    )
{%- endmacro %}

{# A day here is 24 hours, so that every window has the same length in spring and autumn. #}
{% macro days_before(days) -%} {{ hours_before(24 * days) }} {%- endmacro %}

{# Calendar months of the business: six months before 31 August is 28 February, midnight. #}
{% macro months_before(months) -%}
    (
        select
            {{
                local_to_utc(
                    "cast("
                    ~ add_months("run_context.as_of_date + 1", -months)
                    ~ " as timestamp)",
                    var("business_time_zone"),
                )
            }}
        from {{ ref("run_context") }} as run_context
    )
{%- endmacro %}

{# The midnight that ends a day of the business, in UTC. #}
{% macro end_of_day(day) -%}
    {{
        local_to_utc(
            "cast(" ~ day ~ " + 1 as " ~ timestamp_type() ~ ")",
            var("business_time_zone"),
        )
    }}
{%- endmacro %}
