-- Grain: one row per product with a price and currency in which it can be told: a
-- catalogue's own price where one has it in that currency, else converted where there
-- is a rate, rounded to hundredths.
with
    own as (
        select
            sku,
            coalesce(currency, '{{ var("reporting_currency") }}') as currency,
            price,
            row_number() over (
                partition by sku, coalesce(currency, '{{ var("reporting_currency") }}')
                order by
                    case when is_available then 0 else 1 end nulls last,
                    source nulls last
            ) as choice
        from {{ ref("int_products_unioned") }}
        where price >= 0
    ),

    converted as (
        select
            products.sku,
            rates.reporting_currency as currency,
            cast(products.price * rates.rate as decimal(18, 2)) as price
        from {{ ref("products") }} as products
        inner join
            {{ ref("exchange_rates") }} as rates
            on rates.currency
            = coalesce(products.currency, '{{ var("reporting_currency") }}')
        where products.price is not null
    ),

    told as (
        select sku, currency, price
        from own
        where choice = 1
        union all
        select converted.sku, converted.currency, converted.price
        from converted
        left join
            own
            on own.sku = converted.sku
            and own.currency = converted.currency
            and own.choice = 1
        where own.sku is null
    )

select concat(sku, '/', currency) as product_price_id, sku, currency, price
from told
