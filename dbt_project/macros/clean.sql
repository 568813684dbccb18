{# How staging makes two spellings of one value equal. Nothing is guessed here; whether a
   value is one at all is judged once a night by orchestration/cleaning.py. #}
{# An address as the mail system compares it; null where the text is none: one @, a dot
   in its domain, at most 254 characters, no blank or control character, and a first
   character with which no spreadsheet starts a formula. Letters may be of any script. #}
{% macro clean_email(column) -%}
    {%- set address = "lower(" ~ nfc(trimmed(column)) ~ ")" -%}
    case
        when
            {{ matches(address, "^[^@=+＝＋＠-][^@]{0,63}@[^@]+[.][^@.]{2,63}$") }}
            and not {{ has_blanks_or_controls(address) }}
            and length({{ address }}) <= 254
            and not contains({{ column }}, '..')
            and not contains({{ column }}, '.@')
            and not contains({{ column }}, '@.')
        then {{ address }}
    end
{%- endmacro %}

{# Without the blanks around it, tabs, line ends and no-break spaces included. #}
{% macro trimmed(column) -%}
    trim(translate({{ column }}, concat(chr(9), chr(10), chr(13), chr(160)), '    '))
{%- endmacro %}

{# A phone number as it was dialled, in digits with + for 00. Which country a number
   without + belongs to is not decided here. A bare row of digits counts only where
   nothing but digits and their usual signs was written; an extension is left out. #}
{% macro clean_phone(column) -%}
    {%- set dialled = digits_and_plus(column) -%}
    case
        when {{ matches(dialled, "^00[1-9][0-9]{5,14}$") }}
        then concat('+', substr({{ dialled }}, 3))
        when {{ matches(dialled, "^([+][1-9]|0)[0-9]{5,14}$") }}
        then {{ dialled }}
        when
            {{ matches(dialled, "^[1-9][0-9]{5,14}$") }}
            and {{ matches(without_extension(column), "^[0-9 ()./-]+$") }}
        then {{ dialled }}
    end
{%- endmacro %}

{# An extension (`x752`, `ext. 12`) is no part of the number. #}
{% macro digits_and_plus(column) -%}
    {{
        replace_all(
            "replace(" ~ without_extension(column) ~ ", '(0)', '')", "[^0-9+]", ""
        )
    }}
{%- endmacro %}

{% macro without_extension(column) -%}
    {{
        replace_all(
            "lower(" ~ trimmed(column) ~ ")",
            "[ .,;]*(ext|extension|x|#|app|poste|durchwahl)[ .:]*[0-9]{1,6}$",
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

{# A postal code as it is compared: capitals and digits only. #}
{% macro postcode_key(column) -%}
    {{ replace_all("upper(" ~ column ~ ")", "[^A-Z0-9]", "") }}
{%- endmacro %}
