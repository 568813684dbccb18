-- Grain: one row per product in a cart and currency in which its price can be told: the
-- catalogue's, else the event's own, which is in the reporting currency.
select items.cart_item_id, prices.currency, prices.price
from {{ ref("cart_items") }} as items
inner join {{ ref("product_prices") }} as prices using (sku)
where items.is_priced_by_catalogue
union all
select cart_item_id, '{{ var("reporting_currency") }}' as currency, price
from {{ ref("cart_items") }}
where not is_priced_by_catalogue and price is not null
union all
select
    items.cart_item_id,
    rates.reporting_currency as currency,
    cast(items.price * rates.rate as decimal(18, 2)) as price
from {{ ref("cart_items") }} as items
inner join
    {{ ref("exchange_rates") }} as rates
    on rates.currency = '{{ var("reporting_currency") }}'
    and rates.reporting_currency <> '{{ var("reporting_currency") }}'
where not items.is_priced_by_catalogue and items.price is not null
