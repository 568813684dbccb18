{# How staging makes two spellings of one value equal. Nothing is guessed here; whether a
   value is one at all is judged once a night by orchestration/identity/cleaning/values.py. #}
{# An address as the mail system compares it; null where the text is none, or is two: one
   @, a dot in its domain, at most 254 characters, no blank or sign of a list, and a first
   character with which no spreadsheet starts a formula. Letters may be of any script.
   What surely is the same address is made so: whoever copies `<Ana@x.example>,` or a mark
   that nobody sees means ana@x.example, with a yes as with a no. Most are spelled well,
   and what the first line says of them is what all the others would say. #}
{% macro clean_email(column) -%}
    {%- set address = bare_address(column) -%}
    case
        when
            {{
                matches(
                    column,
                    "^[A-Za-z0-9_]([.]?[A-Za-z0-9_+-]){0,31}@([A-Za-z0-9-]{1,32}[.]){1,5}[A-Za-z]{2,24}$",
                )
            }}
        then lower({{ column }})
        when
            {{ matches(address, "^[^@=+＝＋＠-][^@]{0,63}@[^@]+[.][^@.]{2,63}$") }}
            and not {{ matches(address, '[ <>(),;:"]') }}
            and length({{ address }}) <= 254
            and not contains({{ address }}, '..')
            and not contains({{ address }}, '.@')
            and not contains({{ address }}, '@.')
        then {{ address }}
    end
{%- endmacro %}

{# The address within what people and programs put around one: a name before <…>,
   `mailto:`, quotes, a spreadsheet's apostrophe or `="…"`, the sign of a list behind it, a
   full stop at the end of a sentence. #}
{% macro bare_address(column) -%}
    {%- set quotes = "''`‘’‚“”„«»\"" -%}
    {%- set named = rewrite(
        spelled_address(column), "^[^@<>]*<([^<>]*)>[^@<>]*$", "\\1"
    ) -%}
    {%- set linked = rewrite(named, "^([^@]*mailto:[^?]*)[?].*$", "\\1") -%}
    {%- set begun = replace_all(linked, '^(="|mailto:|[ <(,;' ~ quotes ~ "])+", "") -%}
    {{ replace_all(begun, "[ >),;." ~ quotes ~ "]+$", "") }}
{%- endmacro %}

{# In lower case, composed, without what nobody sees, full-width letters and signs as the
   ones that mail knows, no blank beside an @. #}
{% macro spelled_address(column) -%}
    {%- set wide = (
        "＠﹫．。｡﹒․＿－＋"
        ~ "０１２３４５６７８９"
        ~ "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ"
        ~ "ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"
    ) -%}
    {%- set narrow = (
        "@@....._-+"
        ~ "0123456789"
        ~ "abcdefghijklmnopqrstuvwxyz"
        ~ "abcdefghijklmnopqrstuvwxyz"
    ) -%}
    {{
        replace_all(
            "lower("
            ~ nfc(
                "translate("
                ~ without_invisible(column)
                ~ ", '"
                ~ wide
                ~ "', '"
                ~ narrow
                ~ "')"
            )
            ~ ")",
            " *@ *",
            "@",
        )
    }}
{%- endmacro %}

{# The box behind a tag: ana+shop@ is delivered to ana@ (RFC 5233). #}
{% macro mailbox(email) -%}
    {{ rewrite(email, "^([^+@]+)[+][^@]*@", "\\1@") }}
{%- endmacro %}

{# Everything in a text that may be an address or a phone number, with `;` between: each
   address by itself, then what else each cell holds. For a no alone, which holds for everybody whom it
   names; a yes of two people is nobody's. What JSON, HTML, a link or a wary hand writes in
   the place of a sign is read, and so is a domain that a blank parts, as a line that was
   broken leaves one: `ana@mail.exam ple.com`, where what stands before the blank is no
   whole domain, or what stands behind it may be the end of one. #}
{% macro contacts_in(text) -%}
    {%- set unescaped = replace_all(
        replace_all(
            "replace(replace(lower("
            ~ text
            ~ "), chr(92), '§'), '[at]', '@')",
            "§u0040|%40|&#64;|&commat;| *[(]at[)] *|@@",
            "@",
        ),
        "§u(00ad|200[b-f]|20[26][0-9a-e]|feff)",
        "",
    ) -%}
    {%- set spelled = spelled_address(replace_all(unescaped, "§[nrt]", " ")) -%}
    {%- set bare = "translate(" ~ spelled ~ ", '[]/!*§•·–、，；', '            ')" -%}
    {%- set apart = ' @<>(),;:|={}"' -%}
    {%- set person = "[^" ~ apart ~ "+-][^" ~ apart ~ "]*@" -%}
    {%- set sign = "[^" ~ apart ~ "?&#+]" -%}
    {%- set plain = "[^" ~ apart ~ "?&#+.]" -%}
    {%- set parted = (
        person
        ~ "(("
        ~ plain
        ~ "+|("
        ~ plain
        ~ "+[.])+"
        ~ plain
        ~ "?) +"
        ~ sign
        ~ "+@?|"
        ~ sign
        ~ "+ +"
        ~ plain
        ~ "*[.]"
        ~ sign
        ~ "+@?|"
        ~ sign
        ~ '+ +[a-z]{1,4}([,;>)"]|$))'
    ) -%}
    concat(
        {{ all_matches(bare, person ~ sign ~ "+", ";") }},
        ';',
        replace({{ all_matches(bare, parted, ";") }}, ' ', ''),
        ';',
        {{
            replace_all(
                replace_all(spelled, "[^" ~ apart ~ "]*@[^" ~ apart ~ "]*", " "),
                '[,;:|{}"]+',
                ";",
            )
        }}
    )
{%- endmacro %}

{# Without the blanks around it, tabs, line ends and no-break spaces included. #}
{% macro trimmed(column) -%}
    trim(translate({{ column }}, concat(chr(9), chr(10), chr(13), chr(160)), '    '))
{%- endmacro %}

{# A phone number as it was dialled, in digits with + for 00. Which country a number
   without + belongs to is not decided here. A bare row of digits counts only where
   nothing but digits and their usual signs was written; an extension is left out. What
   a spreadsheet made a number of is read without its decimals; a number that it rounded
   (`4.915E+12`, `4915112345.5`) is nobody's. #}
{% macro clean_phone(column) -%}
    {%- set written = without_decimals(without_spreadsheet_signs(column)) -%}
    {%- set dialled = digits_and_plus(written) -%}
    case
        when
            {{
                matches(
                    "lower(" ~ trimmed(written) ~ ")",
                    "^[+]?[0-9]+[.,]?[0-9]*e[+]?[0-9]+$|^[+]?[0-9]{8,}[.,][0-9]{1,2}$",
                )
            }}
        then null
        when {{ matches(dialled, "^00[1-9][0-9]{5,14}$") }}
        then concat('+', substr({{ dialled }}, 3))
        when {{ matches(dialled, "^([+][1-9]|0)[0-9]{5,14}$") }}
        then {{ dialled }}
        when
            {{ matches(dialled, "^[1-9][0-9]{5,14}$") }}
            and {{ matches(without_extension(written), "^[0-9 ()./‐‑–—-]+$") }}
        then {{ dialled }}
    end
{%- endmacro %}

{# A spreadsheet keeps a text from being read as a number by an apostrophe before it
   (`'0412`) or a formula around it (`="0412"`); neither is part of the value. #}
{% macro without_spreadsheet_signs(column) -%}
    {{
        rewrite(
            rewrite(trimmed(column), "^[''’]+", ""),
            '^="?([^"]*)"?$',
            "\\1",
        )
    }}
{%- endmacro %}

{# A whole number that was written with decimals on its way: `12345.0`. #}
{% macro without_decimals(column) -%}
    {{ rewrite(column, "^([+]?[0-9]+)[.,]0{1,2}$", "\\1") }}
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

{# A name as it is compared, not as it is shown: no case, accents, spaces or signs. Names
   of any script have one; a letter that a Latin alphabet added is the one that is
   written for want of it. #}
{% macro name_key(column) -%}
    {%- set key = (
        "translate(lower("
        ~ name_letters(column)
        ~ "), 'øłđðħŧıς', 'olddhtiσ')"
    ) -%}
    replace(
        replace(replace(replace({{ key }}, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'
    )
{%- endmacro %}

{# What a page shows of an HTML text: no tags, one blank where there were several. A tag
   that only dresses up words parts none; one that was encoded as well is a tag. #}
{% macro without_tags(column) -%}
    {%- set plain = replace_all(
        column, "</?(a|b|em|i|small|span|strong|u)( [^>]*)?>", ""
    ) -%}
    {%- set bare = replace_all(plain, "<[^>]*>", " ") -%}
    {%- set spaced = replace_all(html_decoded(bare), "</?[A-Za-z][^>]*>", " ") -%}
    nullif({{ trimmed(replace_all(trimmed(spaced), " +", " ")) }}, '')
{%- endmacro %}

{# A text as people read it, where a system wrote it for a page: `Salt &amp; Pepper`,
   `It&#8217;s`. What was encoded several times is decoded as often, because nobody names
   a thing `&amp;`. A blank that does not break is a blank; old pages number their quotes
   as Windows did. #}
{% macro html_decoded(column) -%}
    {%- set numbered = {
        "128": "€",
        "130": "‚",
        "132": "„",
        "133": "…",
        "145": "‘",
        "146": "’",
        "147": "“",
        "148": "”",
        "149": "•",
        "150": "–",
        "151": "—",
        "153": "™",
    } -%}
    {%- set once = namespace(
        text=replace_all(column, "&((amp|AMP|#0*38|#[xX]0*26);)+", "&")
    ) -%}
    {%- for pattern, sign in {
        "&(nbsp|ensp|emsp|thinsp);": " ",
        "&(shy|zwj|zwnj|lrm|rlm);": "",
        "&apos;": "&#39;",
    }.items() -%}
        {%- set once.text = replace_all(once.text, pattern, sign) -%}
    {%- endfor -%}
    {%- for number, sign in numbered.items() -%}
        {%- set once.text = (
            "replace("
            ~ once.text
            ~ ", '&#"
            ~ number
            ~ ";', '"
            ~ sign
            ~ "')"
        ) -%}
    {%- endfor -%}
    case
        when {{ matches(column, "&[A-Za-z0-9#]+;") }}
        then replace({{ html_unescaped(once.text) }}, chr(160), ' ')
        else {{ column }}
    end
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

{# A region's or a town's name as it is compared: no case, accents, blanks or signs. #}
{% macro place_key(column) -%}
    {{ replace_all("lower(" ~ without_accents(column) ~ ")", "[^a-z0-9]+", "") }}
{%- endmacro %}
