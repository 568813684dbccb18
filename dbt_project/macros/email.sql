{# What every email service's staging models decide alike. #}
{# Hard unless the service says soft: an address that may be dead is not written to. #}
{% macro bounce_kind(vendor_kind) -%}
    case
        when
            lower(trim({{ vendor_kind }}))
            in ('soft', 'blocked', 'transient', 'temporary', 'undetermined')
        then 'soft'
        else 'hard'
    end
{%- endmacro %}

{# Our id of a mail: as a service hands it back, else as it stands in the link clicked. #}
{% macro nightpost_message_id(url, argument=none) -%}
    {%- set in_link = url_parameter(url, "np_message") -%}
    {%- if argument -%} coalesce({{ read_text(argument) }}, {{ in_link }})
    {%- else -%} {{ in_link }}
    {%- endif -%}
{%- endmacro %}

{# A link as it is for everybody who gets it, without the id of one mail. #}
{% macro link_without_message(url) -%}
    {{
        replace_all(
            rewrite(url, "([?&])np_message=[0-9A-Za-z]*&", "\\1"),
            "[?&]np_message=[0-9A-Za-z]*",
            "",
        )
    }}
{%- endmacro %}

{# Where a link leads: the path on the shop's own site, host and path elsewhere; without
   scheme and query. #}
{% macro link_place(link_url) -%}
    {%- set own = var("shop_url").split("//")[-1].split("/")[0] | lower -%}
    {%- set own = own[4:] if own.startswith("www.") else own -%}
    {%- set bare = replace_all(
        replace_all("lower(trim(" ~ link_url ~ "))", "[?#].*$", ""),
        "^[a-z]+:/+(www[.])?",
        "",
    ) -%}
    case
        when {{ bare }} = '{{ own }}'
        then '/'
        when {{ bare }} like '{{ own }}/%'
        then substr({{ bare }}, {{ own | length + 1 }})
        else {{ bare }}
    end
{%- endmacro %}

{# Mailchimp asks why somebody leaves; "the emails are spam" is a complaint. #}
{% macro unsubscribe_or_abuse(reason) -%}
    case when lower({{ reason }}) like '%spam%' then 'abuse' else 'unsubscribe' end
{%- endmacro %}
