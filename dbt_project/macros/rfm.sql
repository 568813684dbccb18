{# Whether an order counts for RFM: placed within the last `rfm_window_days`; 0 is all. #}
{% macro in_rfm_window(ordered_at) -%}
    {%- if var("rfm_window_days") -%}
        {{ ordered_at }} >= {{ days_before(var("rfm_window_days")) }}
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}

{# The value that frequency is scored by. #}
{% macro rfm_frequency_basis() -%}
    {%- if var("rfm_frequency_ties") == "shared" -%} order_count
    {%- else -%}
        row_number() over (
            order by
                order_count nulls last,
                first_customer_key nulls last,
                profile_id nulls last
        )
    {%- endif -%}
{%- endmacro %}
