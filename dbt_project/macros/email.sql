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
