{# Seconds since an instant, up to the night's midnight; 1e12, longer than any window of a
   rule, for what never was. #}
{% macro seconds_since(instant) -%}
    coalesce({{ seconds_between(instant, as_of_at()) }}, 1000000000000)
{%- endmacro %}

{# Whether something was more than `<rule>_over_days` ago (or never) and at most
   `<rule>_within_days` ago; 0 and 99999 leave that side open. #}
{% macro in_days(seconds, rule) -%}
    (
        {{ rule }}_over_days = 0
        or {{ seconds }} > {{ rule }}_over_days * cast(86400 as bigint)
    )
    and (
        {{ rule }}_within_days = 99999
        or {{ seconds }} <= {{ rule }}_within_days * cast(86400 as bigint)
    )
{%- endmacro %}

{# Month and day of a date as one number: 229 is 29 February. #}
{% macro month_and_day(date) -%}
    (extract(month from {{ date }}) * 100 + extract(day from {{ date }}))
{%- endmacro %}
