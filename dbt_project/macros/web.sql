{# How web events of all vendors are told apart and joined to what the shop knows. #}
{# A code or a name as a tracker sent it; null where it sent its word for nothing. #}
{% macro read_told(column) -%}
    case
        when
            lower(trim({{ column }})) not in (
                '',
                '(not set)',
                'not set',
                '(other)',
                '(none)',
                'undefined',
                'null',
                'none',
                'n/a',
                'nan'
            )
        then trim({{ column }})
    end
{%- endmacro %}

{# The products of each delivered event, once each, from a CTE with the columns sku,
   product_name, quantity, price and currency, in which the price is; null where the event
   does not say. A product is told by its id, one without an id by
   its name; what has neither is no product. #}
{% macro web_event_items(named) -%}
    select
        file_id,
        export_date,
        row_number,
        item_key,
        max(sku) as sku,
        max(product_name) as product_name,
        cast(sum(quantity) as bigint) as quantity,
        max(price) as price,
        max(currency) as currency
    from
        (
            select
                *,
                coalesce(
                    sku,
                    case
                        when product_name is not null
                        then concat('name:', lower(product_name))
                    end
                ) as item_key
            from
                (
                    select
                        file_id,
                        export_date,
                        row_number,
                        {{ read_told("sku") }} as sku,
                        {{ read_told("product_name") }} as product_name,
                        quantity,
                        price,
                        {{ read_told("currency") }} as currency
                    from {{ named }}
                ) as told
        ) as keyed
    where item_key is not null
    group by file_id, export_date, row_number, item_key
{%- endmacro %}

{# An order's number as it is compared, however a system writes it: `#6882`, ` 6882`,
   `Order 6882` and `006882` are one; null where it says nothing. #}
{% macro order_number_key(column) -%}
    {%- set plain = replace_all(
        "lower(" ~ read_told(column) ~ ")", "[^a-z0-9]", ""
    ) -%}
    nullif(
        {{ rewrite(rewrite(plain, "^(order|ord|no|nr)([0-9])", "\\2"), "^0+", "") }}, ''
    )
{%- endmacro %}

{# What is left of an order's key without the letters that a shop puts around it. #}
{% macro bare_order_number(key) -%}
    {{ rewrite(rewrite(key, "^[a-z]+0*", ""), "[a-z]+$", "") }}
{%- endmacro %}
