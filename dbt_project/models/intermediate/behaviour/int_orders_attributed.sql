-- Grain: one row per order, with its person and its worth in the reporting currency.
-- The customer key decides, then the address, then a shared mailbox with the name, then
-- phone with name; an order that carries none of them (a till sale) belongs to nobody.
-- Neither does one of a mailbox of many people without a name that is known there: it
-- would give one of them what others bought.
with
    orders as (
        select *, {{ name_key("billing_name") }} as name_key
        from {{ ref("int_orders_unioned") }}
    ),

    trusted as (
        select resolved.identifier, resolved.profile_id
        from {{ ref("int_identities_resolved") }} as resolved
        inner join
            {{ ref("int_identifiers_trusted") }} as identifiers using (identifier)
        where identifiers.is_trusted
    ),

    rates as (
        select currency, cast(rate as decimal(18, 6)) as rate
        from {{ ref("exchange_rates") }}
        where reporting_currency = '{{ var("reporting_currency") }}'
    )

select
    concat(orders.source, '/', orders.order_id) as order_id,
    coalesce(
        customers.profile_id,
        addresses.profile_id,
        mailboxes.profile_id,
        phones.profile_id
    ) as profile_id,
    orders.source,
    orders.order_id as order_number,
    orders.customer_key,
    orders.currency,
    orders.total_amount,
    orders.refunded_amount,
    orders.discount_amount,
    cast(
        case
            when orders.is_purchase or orders.is_credit_note
            then orders.total_amount - orders.refunded_amount
            else 0
        end
        * rates.rate as decimal(18, 2)
    ) as net_amount,
    orders.is_cancelled,
    orders.is_purchase,
    coalesce(orders.is_credit_note, false) as is_credit_note,
    -- a purchase that still stands: not given back as a whole
    orders.is_purchase
    and not coalesce(orders.is_credit_note, false)
    and (
        orders.refunded_amount < orders.total_amount
        or (orders.total_amount = 0 and orders.refunded_amount = 0)
    ) as is_kept,
    orders.ordered_at,
    orders.known_from_date
from orders
left join rates using (currency)
left join
    {{ ref("int_identities_resolved") }} as customers
    on customers.identifier
    = concat('customer:', orders.source, '/', orders.customer_key)
left join trusted as addresses on addresses.identifier = concat('email:', orders.email)
left join
    trusted as mailboxes
    on mailboxes.identifier
    = concat('mailbox_and_name:', orders.email, '/', orders.name_key)
left join
    trusted as phones
    on phones.identifier = concat('phone_and_name:', orders.phone, '/', orders.name_key)
