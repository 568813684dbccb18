-- Grain: one row per loyalty account and identifier that it carries: its own number,
-- its address, and the shop's customer that it names.
with
    loyalty_accounts as (
        select
            source,
            concat(source, '/account/', loyalty_id) as record_id,
            loyalty_id,
            customer_key,
            email,
            known_from_date
        from {{ ref("int_loyalty_accounts_unioned") }}
    )

select
    record_id,
    source,
    'loyalty' as identifier_type,
    concat(source, '/', loyalty_id) as identifier_value,
    '' as name_key,
    known_from_date,
    true as is_account
from loyalty_accounts
union all
select
    record_id,
    source,
    'email' as identifier_type,
    email as identifier_value,
    '' as name_key,
    known_from_date,
    true as is_account
from loyalty_accounts
where email is not null
union all
select
    record_id,
    source,
    'customer' as identifier_type,
    concat(
        '{{ var("loyalty_customer_ids_are_of") }}/', customer_key
    ) as identifier_value,
    '' as name_key,
    known_from_date,
    true as is_account
from loyalty_accounts
where customer_key is not null
