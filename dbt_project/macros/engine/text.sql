{# Engine differences about text and hashing. #}
{% macro sha256(text) -%}
    {{ adapter.dispatch("sha256", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__sha256(text) -%}  /* engine */
    sha256({{ text }})  /* portable */
{%- endmacro %}

{% macro spark__sha256(text) -%}  /* engine */
    sha2({{ text }}, 256)  /* portable */
{%- endmacro %}

{% macro matches(text, pattern) -%}
    {{ adapter.dispatch("matches", "nightpost")(text, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    /* engine */
    regexp_matches({{ text }}, '{{ pattern }}')  /* portable */
{%- endmacro %}

{% macro spark__matches(text, pattern) -%}
    /* engine */
    ({{ text }} rlike '{{ pattern }}')  /* portable */
{%- endmacro %}

{% macro replace_all(text, pattern, replacement) -%}
    {{ adapter.dispatch("replace_all", "nightpost")(text, pattern, replacement) }}
{%- endmacro %}

{% macro duckdb__replace_all(text, pattern, replacement) -%}
    /* engine */
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')  /* portable */
{%- endmacro %}

{% macro spark__replace_all(text, pattern, replacement) -%}
    /* engine */
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')  /* portable */
{%- endmacro %}

{% macro without_accents(text) -%}
    {{ adapter.dispatch("without_accents", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__without_accents(text) -%}
    /* engine */
    strip_accents({{ text }})  /* portable */
{%- endmacro %}

{# By ICU, which Spark brings along: in parts, without the marks, together again. #}
{% macro spark__without_accents(text) -%}
    /* engine */
    try_reflect(
        'com.ibm.icu.text.Normalizer',
        'compose',
        regexp_replace(
            try_reflect('com.ibm.icu.text.Normalizer', 'decompose', {{ text }}, false),
            '\\p{M}',
            ''
        ),
        false
    )  /* portable */
{%- endmacro %}

{# The letters of a name in any script, without the accents that Latin, Greek, Cyrillic,
   Arabic and Hebrew can do without. The marks of Indic scripts, kana and Hangul are part of
   the letter. Signs that only look like letters (ª, ʼ, ـ) are none. #}
{% macro name_letters(text) -%}
    {{ adapter.dispatch("name_letters", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__name_letters(text) -%}
    /* engine */
    regexp_replace(
        case
            when
                regexp_matches(
                    {{ text }}, '[\x{0900}-\x{1CFF}\x{2E80}-\x{D7FF}\x{F900}-\x{FAFF}]'
                )
            then nfc_normalize({{ text }})
            else strip_accents({{ text }})
        end,
        '[^\p{L}\p{M}]|[\x{AA}\x{BA}\x{02B0}-\x{02FF}\x{0640}\x{FE00}-\x{FE0F}]',
        '',
        'g'
    )  /* portable */
{%- endmacro %}

{% macro spark__name_letters(text) -%}
    /* engine */
    regexp_replace(
        case
            when
                {{ text }}
                rlike '[\\x{0900}-\\x{1CFF}\\x{2E80}-\\x{D7FF}\\x{F900}-\\x{FAFF}]'
            then {{ spark__nfc(text) }}
            else {{ spark__without_accents(text) }}
        end,
        '[^\\p{L}\\p{M}]|[\\x{AA}\\x{BA}\\x{02B0}-\\x{02FF}\\x{0640}\\x{FE00}-\\x{FE0F}]',
        ''
    )  /* portable */
{%- endmacro %}

{# The text with every entity of HTML 4, named or numbered, as its character. #}
{% macro html_unescaped(text) -%}
    {{ adapter.dispatch("html_unescaped", "nightpost")(text) }}
{%- endmacro %}

{# Each part behind an & begins with a name or a number; the first part is given one that
   is nothing. #}
{% macro duckdb__html_unescaped(text) -%}
    {%- set code -%}
        coalesce(
            try_cast(regexp_extract(part, '^#([0-9]{1,7});', 1) as integer),
            try_cast(
                '0x' || regexp_extract(part, '^#[xX]([0-9a-fA-F]{1,6});', 1) as integer
            )
        )
    {%- endset -%}
    {%- set rest = "substr(part, instr(part, ';') + 1)" -%}
    /* engine */
    array_to_string(
        list_transform(
            string_split('zwj;' || {{ text }}, '&'),
            lambda part:coalesce(
                case
                    when
                        {{ code }} between 9 and 55295
                        or {{ code }} between 57344 and 1114111
                    then chr({{ code }}) || {{ rest }}
                end,
                map{
                    {%- for name, sign in html_entities().items() %}
                        '{{ name }}':'{{ sign }}' {{- "," if not loop.last }}
                    {%- endfor %}
                }[regexp_extract(part, '^([A-Za-z][A-Za-z0-9]*);', 1)]
                || {{ rest }},
                '&' || part
            )
        ),
        ''
    )  /* portable */
{%- endmacro %}

{# By Commons Text, which Spark brings along. #}
{% macro spark__html_unescaped(text) -%}
    /* engine */
    case
        -- Java would call an unknown text null
        when {{ text }} is not null
        then
            coalesce(
                try_reflect(
                    'org.apache.commons.text.StringEscapeUtils',
                    'unescapeHtml4',
                    {{ text }}
                ),
                {{ text }}
            )
    end  /* portable */
{%- endmacro %}

{# The text with the part that matches rewritten; \1 is the pattern's first group. #}
{% macro rewrite(text, pattern, replacement) -%}
    {{ adapter.dispatch("rewrite", "nightpost")(text, pattern, replacement) }}
{%- endmacro %}

{% macro duckdb__rewrite(text, pattern, replacement) -%}
    /* engine */
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')  /* portable */
{%- endmacro %}

{% macro spark__rewrite(text, pattern, replacement) -%}
    /* engine */
    regexp_replace(
        {{ text }}, '{{ pattern }}', '{{ replacement | replace("\\", "$") }}'
    )  /* portable */
{%- endmacro %}

{# Whether a text matches a pattern that stands in a column of a seed. #}
{% macro matches_pattern(text, pattern) -%}
    {{ adapter.dispatch("matches_pattern", "nightpost")(text, pattern) }}
{%- endmacro %}

{% macro duckdb__matches_pattern(text, pattern) -%}
    /* engine */
    regexp_matches({{ text }}, {{ pattern }})  /* portable */
{%- endmacro %}

{% macro spark__matches_pattern(text, pattern) -%}
    /* engine */
    ({{ text }} rlike {{ pattern }})  /* portable */
{%- endmacro %}

{# One row per part of a text between separators, in a select list. #}
{% macro explode_text(text, separator) -%}
    {{ adapter.dispatch("explode_text", "nightpost")(text, separator) }}
{%- endmacro %}

{% macro duckdb__explode_text(text, separator) -%}
    /* engine */
    unnest(string_split({{ text }}, '{{ separator }}'))  /* portable */
{%- endmacro %}

{% macro spark__explode_text(text, separator) -%}
    /* engine */
    explode(split({{ text }}, '{{ separator }}'))  /* portable */
{%- endmacro %}

{# The decoded value of a parameter in a URL's query; null where it has none, or bytes that
   are no text; as it stands where a % begins no code. #}
{% macro url_parameter(url, name) -%}
    {{ adapter.dispatch("url_parameter", "nightpost")(url, name) }}
{%- endmacro %}

{% macro duckdb__url_parameter(url, name) -%}
    {%- set value = "regexp_extract(" ~ url ~ ", '[?&]" ~ name ~ "=([^&#]*)', 1)" -%}
    /* engine */
    nullif(
        case
            when contains(regexp_replace({{ value }}, '%[0-9a-fA-F]{2}', '', 'g'), '%')
            then replace({{ value }}, '+', ' ')
            else try(url_decode(replace({{ value }}, '+', ' ')))
        end,
        ''
    )  /* portable */
{%- endmacro %}

{% macro spark__url_parameter(url, name) -%}
    {%- set value = "regexp_extract(" ~ url ~ ", '[?&]" ~ name ~ "=([^&#]*)', 1)" -%}
    /* engine */
    nullif(
        case
            when contains(regexp_replace({{ value }}, '%[0-9a-fA-F]{2}', ''), '%')
            then replace({{ value }}, '+', ' ')
            when not contains(try_url_decode({{ value }}), '\uFFFD')
            then try_url_decode({{ value }})
        end,
        ''
    )  /* portable */
{%- endmacro %}

{# The host of a URL in lower case, without user and port; null where it has none. #}
{% macro url_host(url) -%}
    {{ adapter.dispatch("url_host", "nightpost")(url) }}
{%- endmacro %}

{% macro duckdb__url_host(url) -%}
    /* engine */
    nullif(
        regexp_extract(
            lower({{ url }}), '^[a-z][a-z0-9+.-]*://([^/?#@]*@)?([^/:?#]+)', 2
        ),
        ''
    )  /* portable */
{%- endmacro %}

{% macro spark__url_host(url) -%}
    /* engine */
    nullif(
        regexp_extract(
            lower({{ url }}), '^[a-z][a-z0-9+.-]*://([^/?#@]*@)?([^/:?#]+)', 2
        ),
        ''
    )  /* portable */
{%- endmacro %}

{# Unicode's composed form, so that é is one character however it was typed. #}
{% macro nfc(text) -%} {{ adapter.dispatch("nfc", "nightpost")(text) }} {%- endmacro %}

{% macro duckdb__nfc(text) -%}
    /* engine */
    nfc_normalize({{ text }})  /* portable */
{%- endmacro %}

{% macro spark__nfc(text) -%}
    /* engine */
    try_reflect('com.ibm.icu.text.Normalizer', 'compose', {{ text }}, false)  /* portable */
{%- endmacro %}

{# A text's blanks of any script, control characters and marks that nobody sees. #}
{% macro has_blanks_or_controls(text) -%}
    {{ adapter.dispatch("has_blanks_or_controls", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__has_blanks_or_controls(text) -%}
    /* engine */
    regexp_matches({{ text }}, '[\p{Z}\p{Cc}\p{Cf}]')  /* portable */
{%- endmacro %}

{% macro spark__has_blanks_or_controls(text) -%}
    /* engine */
    ({{ text }} rlike '[\\p{Z}\\p{Cc}\\p{Cf}]')  /* portable */
{%- endmacro %}

{# Without control characters and marks that turn the direction of writing; the joiners
   that some scripts and emoji need stay. #}
{% macro without_controls(text) -%}
    {{ adapter.dispatch("without_controls", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__without_controls(text) -%}
    /* engine */
    regexp_replace(
        {{ text }},
        '[\p{Cc}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}]',
        '',
        'g'
    )  /* portable */
{%- endmacro %}

{% macro spark__without_controls(text) -%}
    /* engine */
    regexp_replace(
        {{ text }},
        '[\\p{Cc}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2069}\\x{FEFF}]',
        ''
    )  /* portable */
{%- endmacro %}

{# Text that was UTF-8 and was read as Latin-1 or Windows-1252 (`ZoÃ«`), or that lost
   characters on its way (U+FFFD). #}
{% macro has_mojibake(text) -%}
    {{ adapter.dispatch("has_mojibake", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__has_mojibake(text) -%}
    /* engine */
    regexp_matches(
        {{ text }},
        '\x{FFFD}|[\x{80}-\x{9F}]|â€|[ÂÃÄÅÐÑ][\x{A0}-\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ“”•–—˜™š›œžŸ]|Ã[‘’]'
    )  /* portable */
{%- endmacro %}

{% macro spark__has_mojibake(text) -%}
    /* engine */
    (
        {{ text }}
        rlike
        '\\x{FFFD}|[\\x{80}-\\x{9F}]|â€|[ÂÃÄÅÐÑ][\\x{A0}-\\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ“”•–—˜™š›œžŸ]|Ã[‘’]'
    )  /* portable */
{%- endmacro %}

{# A text without what nobody sees: marks that join or turn, soft hyphens, the byte order
   mark, control characters, fillers. Blanks of any script, tabs and line ends become one
   kind of blank. #}
{% macro without_invisible(text) -%}
    {{ adapter.dispatch("without_invisible", "nightpost")(text) }}
{%- endmacro %}

{% macro duckdb__without_invisible(text) -%}
    /* engine */
    regexp_replace(
        regexp_replace({{ text }}, '[\p{Z}\t\n\r\x0B\x0C\x{85}]', ' ', 'g'),
        '[\p{Cf}\p{Cc}\x{34F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2800}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}]',
        '',
        'g'
    )  /* portable */
{%- endmacro %}

{% macro spark__without_invisible(text) -%}
    /* engine */
    regexp_replace(
        regexp_replace({{ text }}, '[\\p{Z}\\t\\n\\r\\x0B\\x0C\\x{85}]', ' '),
        '[\\p{Cf}\\p{Cc}\\x{34F}\\x{115F}\\x{1160}\\x{17B4}\\x{17B5}\\x{180B}-\\x{180F}\\x{2800}\\x{3164}\\x{FE00}-\\x{FE0F}\\x{FFA0}]',
        ''
    )  /* portable */
{%- endmacro %}

{# All parts of a text that match, with one separator between them; empty where none does. #}
{% macro all_matches(text, pattern, separator) -%}
    {{ adapter.dispatch("all_matches", "nightpost")(text, pattern, separator) }}
{%- endmacro %}

{% macro duckdb__all_matches(text, pattern, separator) -%}
    /* engine */
    array_to_string(regexp_extract_all({{ text }}, '{{ pattern }}'), '{{ separator }}')  /* portable */
{%- endmacro %}

{% macro spark__all_matches(text, pattern, separator) -%}
    /* engine */
    array_join(regexp_extract_all({{ text }}, '{{ pattern }}', 0), '{{ separator }}')  /* portable */
{%- endmacro %}
