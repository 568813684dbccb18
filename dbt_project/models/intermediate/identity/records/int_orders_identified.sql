-- Grain: one row per order and identifier that it carries: the customer that it names,
-- its address, and its phone together with the name on the bill. No order is an
-- account.
with
    orders as (
        select
            source,
            concat(source, '/order/', order_id) as record_id,
            customer_key,
            email,
            phone,
            {{ name_key("billing_name") }} as name_key,
            known_from_date
        from {{ ref("int_orders_unioned") }}
    )

select
    record_id,
    source,
    {{ record_identifier_type("source") }} as identifier_type,
    concat(source, '/', customer_key) as identifier_value,
    '' as name_key,
    known_from_date,
    false as is_account
from orders
where customer_key is not null
union all
select
    record_id,
    source,
    'email' as identifier_type,
    email as identifier_value,
    name_key,
    known_from_date,
    false as is_account
from orders
where email is not null
union all
select
    record_id,
    source,
    'phone_and_name' as identifier_type,
    concat(phone, '/', name_key) as identifier_value,
    name_key,
    known_from_date,
    false as is_account
from orders
where phone is not null and name_key <> ''
