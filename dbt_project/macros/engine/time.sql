{# Engine differences about time. One name, one implementation an engine; the markers let
   the portability lint skip what is allowed to be engine-specific. #}
{% macro local_to_utc(timestamp, time_zone) -%}
    {{ adapter.dispatch("local_to_utc", "nightpost")(timestamp, time_zone) }}
{%- endmacro %}

{% macro duckdb__local_to_utc(timestamp, time_zone) -%}
    /* engine */
    timezone('UTC', timezone('{{ time_zone }}', {{ timestamp }}))  /* portable */
{%- endmacro %}

{% macro spark__local_to_utc(timestamp, time_zone) -%}
    {{ spark__local_to_utc_in(timestamp, "'" ~ time_zone ~ "'") }}
{%- endmacro %}

{% macro utc_to_local(timestamp, time_zone) -%}
    {{ adapter.dispatch("utc_to_local", "nightpost")(timestamp, time_zone) }}
{%- endmacro %}

{% macro duckdb__utc_to_local(timestamp, time_zone) -%}
    /* engine */
    timezone('{{ time_zone }}', timezone('UTC', {{ timestamp }}))  /* portable */
{%- endmacro %}

{% macro spark__utc_to_local(timestamp, time_zone) -%}
    /* engine */
    cast(from_utc_timestamp({{ timestamp }}, '{{ time_zone }}') as timestamp_ntz)  /* portable */
{%- endmacro %}

{# Text with its own offset (`-0400`, `+01:00`, `Z`) as UTC; null without an offset. #}
{% macro instant_to_utc(text) -%}
    {{ adapter.dispatch("instant_to_utc", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__instant_to_utc(text) -%}
    /* engine */
    timezone(
        'UTC',
        case
            when
                regexp_matches(
                    {{ text }},
                    ':[0-9]{2}([.][0-9]+)? ?([+-][0-9]{2}(:?[0-9]{2})?|Z|UTC)$'
                )
            then
                try_cast(
                    regexp_replace(
                        {{ text }}, ' ?([+-][0-9]{2}):?([0-9]{2})$', '\1:\2'
                    ) as timestamptz
                )
        end
    )  /* portable */
{%- endmacro %}

{% macro spark__instant_to_utc(text) -%}
    /* engine */
    case
        when
            {{ text }} rlike ':[0-9]{2}([.][0-9]+)? ?([+-][0-9]{2}(:?[0-9]{2})?|Z|UTC)$'
        then
            cast(
                to_utc_timestamp(
                    try_cast(
                        regexp_replace(
                            {{ text }}, ' ?([+-][0-9]{2}):?([0-9]{2})$', '$1:$2'
                        ) as timestamp
                    ),
                    current_timezone()
                ) as timestamp_ntz
            )
    end  /* portable */
{%- endmacro %}

{% macro epoch_micros_to_utc(micros) -%}
    {{ adapter.dispatch("epoch_micros_to_utc", "nightpost")(micros) }}
{%- endmacro %}

{% macro duckdb__epoch_micros_to_utc(micros) -%}
    /* engine */
    make_timestamp({{ micros }})  /* portable */
{%- endmacro %}

{% macro spark__epoch_micros_to_utc(micros) -%}
    /* engine */
    cast(timestamp_micros({{ micros }}) as timestamp_ntz)  /* portable */
{%- endmacro %}

{# Whole seconds from one timestamp to a later one. #}
{% macro seconds_between(earlier, later) -%}
    {{ adapter.dispatch("seconds_between", "nightpost")(earlier, later) }}
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    /* engine */
    date_sub('second', {{ earlier }}, {{ later }})  /* portable */
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    /* engine */
    timestampdiff(second, {{ earlier }}, {{ later }})  /* portable */
{%- endmacro %}

{# A date so many calendar months later; the last day of a shorter month where needed. #}
{% macro add_months(date, months) -%}
    {{ adapter.dispatch("add_months", "nightpost")(date, months) }}
{%- endmacro %}

{% macro duckdb__add_months(date, months) -%}
    /* engine */
    cast({{ date }} + to_months({{ months }}) as date)  /* portable */
{%- endmacro %}

{% macro spark__add_months(date, months) -%}
    /* engine */
    add_months({{ date }}, {{ months }})  /* portable */
{%- endmacro %}

{# The type of a timestamp without a time zone. #}
{% macro timestamp_type() -%}
    {{ adapter.dispatch("timestamp_type", "nightpost")() }}
{%- endmacro %}

{% macro duckdb__timestamp_type() -%} timestamp {%- endmacro %}

{% macro spark__timestamp_type() -%} timestamp_ntz {%- endmacro %}

{# The same from and to a time zone that stands in a column. The name must be a known one:
   an engine stops at an unknown one (seeds/reference/time_zones.csv). #}
{% macro utc_to_local_in(timestamp, column) -%}
    {{ adapter.dispatch("utc_to_local_in", "nightpost")(timestamp, column) }}
{%- endmacro %}

{% macro duckdb__utc_to_local_in(timestamp, column) -%}
    /* engine */
    timezone({{ column }}, timezone('UTC', {{ timestamp }}))  /* portable */
{%- endmacro %}

{% macro spark__utc_to_local_in(timestamp, column) -%}
    /* engine */
    cast(from_utc_timestamp({{ timestamp }}, {{ column }}) as timestamp_ntz)  /* portable */
{%- endmacro %}

{% macro local_to_utc_in(timestamp, column) -%}
    {{ adapter.dispatch("local_to_utc_in", "nightpost")(timestamp, column) }}
{%- endmacro %}

{% macro duckdb__local_to_utc_in(timestamp, column) -%}
    /* engine */
    timezone('UTC', timezone({{ column }}, {{ timestamp }}))  /* portable */
{%- endmacro %}

{# Of the two instants of an hour that comes twice in autumn, Spark takes the first; the
   second, as DuckDB does, where it has the same wall-clock time. #}
{% macro spark__local_to_utc_in(timestamp, column) -%}
    {%- set first = "to_utc_timestamp(" ~ timestamp ~ ", " ~ column ~ ")" -%}
    /* engine */
    cast(
        case
            when
                from_utc_timestamp({{ first }} + interval '1' hour, {{ column }})
                = cast({{ timestamp }} as timestamp)
            then {{ first }} + interval '1' hour
            else {{ first }}
        end as timestamp_ntz
    )  /* portable */
{%- endmacro %}

{# The whole second that a timestamp falls in. #}
{% macro to_second(timestamp) -%}
    {{ adapter.dispatch("to_second", "nightpost")(timestamp) }}
{%- endmacro %}

{% macro duckdb__to_second(timestamp) -%}
    /* engine */
    date_trunc('second', {{ timestamp }})  /* portable */
{%- endmacro %}

{% macro spark__to_second(timestamp) -%}
    /* engine */
    cast(date_trunc('SECOND', {{ timestamp }}) as timestamp_ntz)  /* portable */
{%- endmacro %}
