{# Since which day a fact is known, for models that learn from the past: that of the file
   that first told it. What a source's first file tells of the days before it counts as
   known then: nobody can have trained on that before, and nothing could be learnt from a
   shop's history else. #}
{% macro known_since(export_date, happened_on, source) -%}
    case
        when {{ export_date }} > min({{ export_date }}) over (partition by {{ source }})
        then greatest({{ export_date }}, {{ happened_on }})
        else {{ happened_on }}
    end
{%- endmacro %}

{# What models are told of a person, as it was known at the end of the day `at`.

   `deeds` has one row per person, deed, business day and day since when it is known:
   profile_id, deed, deed_date, known_date, deed_count, amount. Whatever happened after `at`,
   or became known after it, is not read. -#}
{% macro known_deeds(deeds, at) -%}
    select profile_id, deed, deed_date, deed_count, amount
    from {{ deeds }}
    where deed_date <= {{ at }} and known_date <= {{ at }}
{%- endmacro %}

{# Grain: one row per person with a deed by `at`. A recency is null without such a deed;
   counts are 0. Orders count by day: two on one day are one occasion. #}
{% macro features_at(deeds, at) -%}
    {#- deeds that give features, each with its windows in days -#}
    {%- set windows_of = {
        "order": [30, 90, 365],
        "mail": [30, 90],
        "open": [30, 90],
        "click": [30, 90],
        "session": [7, 30],
        "product_view": [7, 30],
        "cart_add": [7, 30],
    } -%}
    with
        known as ({{ known_deeds(deeds, at) }}),

        by_day as (
            select
                profile_id,
                deed,
                sum(deed_count) as deed_count,
                cast(sum(amount) as decimal(18, 2)) as amount,
                {{ whole_days_between("deed_date", at) }} as days_ago
            from known
            group by profile_id, deed, deed_date
        )

    select
        profile_id,
        min(case when deed = 'order' then days_ago end) as days_since_order,
        max(case when deed = 'order' then days_ago end) as days_since_first_order,
        sum(case when deed = 'order' then 1 else 0 end) as order_days,
        case
            when sum(case when deed = 'order' then 1 else 0 end) > 1
            then
                round(
                    (
                        cast(
                            max(case when deed = 'order' then days_ago end)
                            - min(case when deed = 'order' then days_ago end) as double
                        )
                        / (sum(case when deed = 'order' then 1 else 0 end) - 1)
                    )
                    * 1e6
                )
                / 1e6
        end as days_between_orders,
        case
            when sum(case when deed = 'order' then 1 else 0 end) > 1
            then
                round(
                    (
                        cast(min(case when deed = 'order' then days_ago end) as double)
                        * (sum(case when deed = 'order' then 1 else 0 end) - 1)
                        / greatest(
                            max(case when deed = 'order' then days_ago end)
                            - min(case when deed = 'order' then days_ago end),
                            1
                        )
                    )
                    * 1e6
                )
                / 1e6
        end as order_gaps_waited,
        cast(
            sum(case when deed = 'order' then amount else 0 end) as double
        ) as order_amount,
        cast(
            sum(
                case when deed = 'order' and days_ago < 90 then amount else 0 end
            ) as double
        ) as order_amount_90
        {%- for deed, windows in windows_of.items() %}
            {%- if deed != "order" %}
                ,
                min(
                    case when deed = '{{ deed }}' then days_ago end
                ) as days_since_{{ deed }}
            {%- endif %}
            {%- for days in windows %}
                ,
                sum(
                    case
                        when deed = '{{ deed }}' and days_ago < {{ days }}
                        then {{ 1 if deed == "order" else "deed_count" }}
                        else 0
                    end
                ) as {{ deed }}s_{{ days }}
            {%- endfor %}
        {%- endfor %}
    from by_day
    group by profile_id
{%- endmacro %}

{# Grain: one row per person who did `deed` in the `days` after `at`, as it was known at
   the end of `known_by`. #}
{% macro deeds_after(deeds, deed, at, days, known_by) -%}
    select distinct profile_id
    from {{ deeds }}
    where
        deed = '{{ deed }}'
        and deed_date > {{ at }}
        and deed_date <= {{ at }} + {{ days }}
        and known_date <= {{ known_by }}
{%- endmacro %}

{# Grain: one row per buyer by `at`: what BG/NBD and Gamma-Gamma need, in days, and what
   was paid, and what of it was kept. `orders` has profile_id, ordered_date, known_date and
   amount; what is not above 0 gives money back and is no purchase. #}
{% macro purchase_histories(orders, at) -%}
    with
        days as (
            select
                profile_id,
                ordered_date,
                sum(case when amount > 0 then 1 else 0 end) as order_count,
                sum(case when amount > 0 then amount else 0 end) as amount,
                sum(amount) as net_amount
            from {{ orders }}
            where ordered_date <= {{ at }} and known_date <= {{ at }}
            group by profile_id, ordered_date
        ),

        buyers as (
            select
                profile_id,
                sum(case when order_count > 0 then 1 else 0 end) as purchase_days,
                min(case when order_count > 0 then ordered_date end) as first_on,
                max(case when order_count > 0 then ordered_date end) as last_on,
                sum(order_count) as order_count,
                cast(sum(amount) as decimal(18, 2)) as amount,
                cast(sum(net_amount) as decimal(18, 2)) as net_amount
            from days
            group by profile_id
        )

    select
        profile_id,
        cast(purchase_days - 1 as double) as frequency,
        cast({{ whole_days_between("first_on", "last_on") }} as double) as recency,
        cast({{ whole_days_between("first_on", at) }} as double) as age,
        cast(order_count as double) as order_count,
        cast(amount as double) as amount,
        cast(net_amount as double) as net_amount
    from buyers
    where purchase_days > 0
{%- endmacro %}

{# Grain: one row per person who bought after `after` and by `until`, as it was known at
   the end of `known_by`. #}
{% macro purchases_between(orders, after, until, known_by) -%}
    select
        profile_id,
        cast(sum(case when amount > 0 then 1 else 0 end) as double) as order_count,
        cast(cast(sum(amount) as decimal(18, 2)) as double) as net_amount
    from {{ orders }}
    where
        ordered_date > {{ after }}
        and ordered_date <= {{ until }}
        and known_date <= {{ known_by }}
    group by profile_id
{%- endmacro %}
