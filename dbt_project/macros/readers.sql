{# How staging reads a vendor's text. Unreadable is null here; rejection_reason() tells
   the rows whose required columns cannot be read, by the same reader. #}
{% macro read_text(column) -%} nullif(trim({{ column }}), '') {%- endmacro %}

{# A given or family name, in the case in which it was given; what was broken on its way
   is better not said at all. What a form was filled with for want of one is none: in the
   case in which machines write it here, as a name of its own beside the other in
   named(), because people are called Null, Na and Test. #}
{% macro read_name(column) -%}
    {%- set name = "trim(" ~ nfc(without_controls(trimmed(column))) ~ ")" -%}
    case
        when
            {{ name }} not in ('', 'n/a', 'N/A', '-', '.')
            and not (
                {{ is_name_placeholder(name) }}
                and ({{ name }} = lower({{ name }}) or {{ name }} = upper({{ name }}))
            )
            and not {{ has_mojibake(column) }}
            and not {{ has_mojibake(name) }}
        then {{ name }}
    end
{%- endmacro %}

{% macro is_name_placeholder(name) -%}
    lower({{ name }}) in ('test', 'n/a', 'na', 'none', 'null', 'unknown')
{%- endmacro %}

{# A name beside the other one of its record: a word for nothing is none where the other
   name is no name either. #}
{% macro named(name, other) -%}
    case
        when
            {{ is_name_placeholder(name) }}
            and ({{ other }} is null or {{ is_name_placeholder(other) }})
        then null
        else {{ html_decoded(name) }}
    end
{%- endmacro %}

{# A full name; one that is made of words for nothing is none. #}
{% macro named_in_full(name) -%}
    case
        when
            not {{
                matches(
                    "lower(" ~ name ~ ")",
                    "^((test|n/a|na|none|null|unknown|-|[.])( +|$))+$",
                )
            }}
        then {{ html_decoded(name) }}
    end
{%- endmacro %}

{# What names a record, an order, a product or a place by a code: text, without what a
   spreadsheet added to it. #}
{% macro read_identifier(column) -%}
    nullif({{ without_decimals(without_spreadsheet_signs(column)) }}, '')
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

{# The price of one piece of what is sold by the thousand has more decimals than money. #}
{% macro read_precise_decimal(column) -%}
    try_cast(trim({{ column }}) as {{ price_type() }})
{%- endmacro %}

{% macro price_type() -%} decimal(18, 8) {%- endmacro %}

{# What an order line came to: as the vendor says it, else pieces times price, rounded
   once, to what can be paid. A line that was taken out came to nothing, whatever total
   it still shows. #}
{% macro line_amount(quantity, unit_price, line_total="null") -%}
    cast(
        case
            when {{ quantity }} = 0
            then 0
            else
                coalesce(
                    {{ line_total }},
                    try_cast(
                        cast({{ quantity }} as bigint)
                        * {{ unit_price }} as decimal(18, 2)
                    )
                )
        end as decimal(18, 4)
    )
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
