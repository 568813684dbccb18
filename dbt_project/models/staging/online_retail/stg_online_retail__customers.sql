-- Grain: one row per customer known to the till.
select
    customer_key as record_key,
    max(countries.country_code) as country_code,
    min(ordered_at) as created_at,
    max(ordered_at) as updated_at,
    min(export_date) as known_from_date
from {{ ref("stg_online_retail__order_lines") }} as order_lines
left join
    {{ ref("countries") }} as countries
    on lower(countries.country_name) = lower(order_lines.country_name)
where customer_key is not null
group by customer_key
