{# An address as the mail system compares it; null where it is not one that we may use.
   The first character is a letter, digit or underscore, so no spreadsheet runs it. #}
{% macro clean_email(column) -%}
    case
        when
            {{
                matches(
                    "lower(" ~ trimmed(column) ~ ")",
                    "^[a-z0-9_][a-z0-9._%+''-]{0,63}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,24}$",
                )
            }}
            and length({{ trimmed(column) }}) <= 254
            and not contains({{ column }}, '..')
            and not contains({{ column }}, '.@')
        then lower({{ trimmed(column) }})
    end
{%- endmacro %}

{# Without the blanks around it, tabs, line ends and no-break spaces included. #}
{% macro trimmed(column) -%}
    trim(translate({{ column }}, concat(chr(9), chr(10), chr(13), chr(160)), '    '))
{%- endmacro %}

{# A phone number as +<country><number>; a leading 0 is the default country's. #}
{% macro clean_phone(column) -%}
    case
        when {{ matches(digits_and_plus(column), "^[+][1-9][0-9]{6,14}$") }}
        then {{ digits_and_plus(column) }}
        when {{ matches(digits_and_plus(column), "^00[1-9][0-9]{6,14}$") }}
        then concat('+', substr({{ digits_and_plus(column) }}, 3))
        when {{ matches(digits_and_plus(column), "^0[1-9][0-9]{6,12}$") }}
        then
            concat(
                '+{{ var("default_calling_code") }}',
                substr({{ digits_and_plus(column) }}, 2)
            )
    end
{%- endmacro %}

{# An extension (`x752`, `ext. 12`) is no part of the number. #}
{% macro digits_and_plus(column) -%}
    {{
        replace_all(
            replace_all(
                "replace(" ~ column ~ ", '(0)', '')",
                "[ ,;]*([xX]|[eE][xX][tT][.]?) *[0-9]+ *$",
                "",
            ),
            "[^0-9+]",
            "",
        )
    }}
{%- endmacro %}

{# A name as it is compared, not as it is shown: no case, accents, spaces or signs. #}
{% macro name_key(column) -%}
    {{ replace_all("lower(" ~ without_accents(column) ~ ")", "[^a-z]", "") }}
{%- endmacro %}

{# What a page shows of an HTML text: no tags, one blank where there were several. A tag
   that only dresses up words parts none. #}
{% macro without_tags(column) -%}
    {%- set plain = replace_all(
        column, "</?(a|b|em|i|small|span|strong|u)( [^>]*)?>", ""
    ) -%}
    {%- set bare = replace_all(plain, "<[^>]*>", " ") -%}
    {%- set spaced = "replace(replace(" ~ bare ~ ", '&nbsp;', ' '), '&amp;', '&')" -%}
    nullif({{ trimmed(replace_all(trimmed(spaced), " +", " ")) }}, '')
{%- endmacro %}

{# A campaign's source or medium as channels are told by it: lower case, and nothing
   where a vendor writes a word for nothing. #}
{% macro known_origin(column) -%}
    case
        when
            lower(trim(coalesce({{ column }}, '')))
            not in ('(none)', '(not set)', '(direct)', 'direct', 'none')
        then lower(trim(coalesce({{ column }}, '')))
        else ''
    end
{%- endmacro %}
