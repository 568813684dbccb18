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

{# One row per address and kind of opt-out, complaint or bounce in `relation`, which is the
   raw table and not its readable rows: whoever opted out has opted out, also where the
   event has no readable time or id, or came after the night's midnight. #}
{% macro email_opt_outs(
    source_name,
    relation,
    vendor_event_name,
    email,
    vendor_bounce_kind,
    event_at
) -%}
    select email, event_name, is_hard_bounce, max(event_at) as event_at
    from
        (
            select
                {{ clean_email(email) }} as email,
                vocabulary.event_name,
                vocabulary.event_name = 'bounce'
                and {{ bounce_kind(vendor_bounce_kind) }} = 'hard' as is_hard_bounce,
                coalesce({{ event_at }}, {{ as_of_at() }}) as event_at
            from {{ relation }} as told
            inner join
                {{ ref("email_event_names") }} as vocabulary
                on vocabulary.source = '{{ source_name }}'
                and vocabulary.vendor_event_name = lower(trim({{ vendor_event_name }}))
            where vocabulary.event_name in ('unsubscribe', 'complaint', 'bounce')
        ) as opt_outs
    where email is not null
    group by email, event_name, is_hard_bounce
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
