{# How staging reads a vendor's text. Unreadable is null here; rejection_reason() tells
   the rows whose required columns cannot be read, by the same reader. #}
{% macro read_text(column) -%} nullif(trim({{ column }}), '') {%- endmacro %}

{# A given or family name, in the case in which it was given; what a form was filled with
   for want of one is none, and what was broken on its way is better not said at all. #}
{% macro read_name(column) -%}
    {%- set name = "trim(" ~ without_controls(nfc(trimmed(column))) ~ ")" -%}
    case
        when
            lower({{ name }})
            not in ('', 'test', 'n/a', 'na', 'none', 'null', 'unknown', '-', '.')
            and not {{ has_mojibake(column) }}
            and not {{ has_mojibake(name) }}
        then {{ name }}
    end
{%- endmacro %}

{# A whole number, also written 3.0; 2.5 pieces are unreadable, not three. #}
{% macro read_integer(column) -%}
    case
        when {{ matches("trim(" ~ column ~ ")", "^[+-]?[0-9]+([.]0*)?$") }}
        then try_cast(trim({{ column }}) as integer)
    end
{%- endmacro %}

{% macro read_decimal(column) -%}
    try_cast(trim({{ column }}) as decimal(18, 2))
{%- endmacro %}

{% macro read_precise_decimal(column) -%}
    try_cast(trim({{ column }}) as decimal(18, 4))
{%- endmacro %}

{% macro read_date(column) -%} try_cast(trim({{ column }}) as date) {%- endmacro %}

{% macro read_boolean(column) -%}
    case
        when lower(trim({{ column }})) in ('yes', 'true', 'y', '1')
        then true
        when lower(trim({{ column }})) in ('no', 'false', 'n', '0')
        then false
    end
{%- endmacro %}

{# A timestamp that carries its own offset, as UTC: `2025-05-11 09:55:16 -0400`. #}
{% macro read_instant(column) -%}
    {{ instant_to_utc("trim(" ~ column ~ ")") }}
{%- endmacro %}

{# A wall-clock timestamp of the business, as UTC. #}
{% macro read_local_time(column) -%}
    {{
        local_to_utc(
            "try_cast(trim(" ~ column ~ ") as timestamp)", var("business_time_zone")
        )
    }}
{%- endmacro %}

{# A timestamp that an API writes in UTC without saying so; an offset is taken at its word. #}
{% macro read_utc_time(column) -%}
    coalesce(
        {{ read_instant(column) }},
        {{ local_to_utc("try_cast(trim(" ~ column ~ ") as timestamp)", "UTC") }}
    )
{%- endmacro %}

{# Between 1970 and 2100; milliseconds in the place of seconds are no readable time. #}
{% macro read_epoch_seconds(column) -%}
    {{
        epoch_micros_to_utc(
            "case when try_cast(trim("
            ~ column
            ~ ") as bigint) between 0 and 4102444800 then try_cast(trim("
            ~ column
            ~ ") as bigint) * 1000000 end"
        )
    }}
{%- endmacro %}

{% macro read_epoch_micros(column) -%}
    {{
        epoch_micros_to_utc(
            "case when try_cast(trim("
            ~ column
            ~ ") as bigint) between 0 and 4102444800000000 then try_cast(trim("
            ~ column
            ~ ") as bigint) end"
        )
    }}
{%- endmacro %}

{# An address or a phone number, whichever it is. #}
{% macro read_contact_point(column) -%}
    coalesce({{ clean_email(column) }}, {{ clean_phone(column) }})
{%- endmacro %}

{% macro read_email(column) -%} {{ clean_email(column) }} {%- endmacro %}

{# A finite number with six digits; NaN and infinity are unreadable. #}
{% macro read_score(column) -%}
    try_cast(trim({{ column }}) as decimal(18, 6))
{%- endmacro %}

{# How another system names a person: an address, or a record as `<source>/<record_key>`. #}
{% macro read_person_key(column) -%}
    coalesce(
        {{ clean_email(column) }},
        case
            when {{ matches(trimmed(column), "^[a-z][a-z0-9_]*/.+$") }}
            then {{ trimmed(column) }}
        end
    )
{%- endmacro %}

{# A JSON array that holds something. #}
{% macro read_json_list(column) -%}
    case when {{ json_text(column, "$[0]") }} is not null then trim({{ column }}) end
{%- endmacro %}
