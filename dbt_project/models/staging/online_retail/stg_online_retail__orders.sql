-- Grain: one row per invoice. A credit note (C…) names no invoice that it corrects: it
-- is an order of its own that only gives money back.
select
    order_id,
    max(customer_key) as customer_key,
    case when is_credit_note then 'refunded' else 'paid' end as financial_status,
    'GBP' as currency,
    max(countries.country_code) as country_code,
    cast(
        case when is_credit_note then 0 else sum(line_amount) end as decimal(18, 2)
    ) as total_amount,
    cast(
        case when is_credit_note then - sum(line_amount) else 0 end as decimal(18, 2)
    ) as refunded_amount,
    false as is_cancelled,
    is_credit_note,
    min(ordered_at) as ordered_at,
    max(export_date) as export_date,
    min(export_date) as known_from_date
from {{ ref("stg_online_retail__order_lines") }} as order_lines
left join
    {{ ref("countries") }} as countries
    on lower(countries.country_name) = lower(order_lines.country_name)
group by order_id, is_credit_note
