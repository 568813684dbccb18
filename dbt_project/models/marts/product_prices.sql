-- Grain: one row per product with a price and currency with a rate: what it costs
-- there,
-- rounded to hundredths.
select
    concat(products.sku, '/', rates.reporting_currency) as product_price_id,
    products.sku,
    rates.reporting_currency as currency,
    cast(products.price * rates.rate as decimal(18, 2)) as price
from {{ ref("products") }} as products
inner join
    {{ ref("exchange_rates") }} as rates
    on rates.currency = coalesce(products.currency, '{{ var("reporting_currency") }}')
where products.price is not null
